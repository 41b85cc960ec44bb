/** Somebody whom two lists know differently, side by side, and what can be done about it. */

import { html, nothing } from "../shared/lit.js";
import { listed } from "../shared/texts.js";
import { face } from "./tile.js";

/** @import { Conflict } from "./api.js" */
/** @import { Text } from "../shared/common.js" */
/** @import { Person } from "./logic.js" */
/** @typedef {{userId: string, same: boolean, name: string}} Asked */

/**
 * @param {(key: string, values?: Record<string, string | number>) => string} t
 * @param {Conflict[]} conflicts
 * @param {boolean} busy
 * @param {(userId: string, same: boolean, name: string) => void} settle asks first, and
 *   does it when it is said again
 * @param {Asked | null} asked what was said once
 */
export function conflictList(t, conflicts, busy, settle, asked) {
  if (!conflicts.length) return nothing;
  return html`<section aria-label=${t("conflicts")}>
    <h3>${t("conflicts")}</h3>
    <p class="quiet">${t("conflicts_words")}</p>
    ${conflicts.map((one) =>
      asked?.userId === one.user_id ? sure(t, asked, busy, settle) : conflict(t, one, busy, settle),
    )}
  </section>`;
}

/**
 * Ask once more: it is written to modules.
 * @param {Parameters<typeof conflictList>[0]} t
 * @param {Asked} asked
 * @param {boolean} busy
 * @param {Parameters<typeof conflictList>[3]} settle
 */
const sure = (t, { userId, same, name }, busy, settle) =>
  html`<div class="note" role="alert">
    <p>${t(same ? "sure_one" : "sure_another", { name, id: userId })}</p>
    <div class="buttons">
      <button autofocus @click=${() => settle("", same, name)}>${t("cancel")}</button>
      <button ?disabled=${busy} class="primary" @click=${() => settle(userId, same, name)}>
        ${t(same ? "are_one" : "is_another", { name })}
      </button>
    </div>
  </div>`;

/**
 * @param {Parameters<typeof conflictList>[0]} t
 * @param {Conflict} conflict
 * @param {boolean} busy
 * @param {Parameters<typeof conflictList>[3]} settle
 */
const conflict = (t, { user_id, people }, busy, settle) =>
  html`<div class="conflict" role="group" aria-label=${t("user_id", { id: user_id })}>
    <p class="quiet">${t("user_id", { id: user_id })}</p>
    <ul class="sides">
      ${people.map(
        (side) => html`<li>
          <div class="face">
            ${face(
              { ...side, user_id, minimum_score: null, device: false },
              side.name,
            )}
          </div>
          <strong>${side.name}</strong>
          <span class="quiet">${listed(side.modules) || t("ha_list")}</span>
          <button
            ?disabled=${busy}
            @click=${() => settle(user_id, true, side.name)}
          >
            ${t("are_one", { name: side.name })}
          </button>
          ${side.modules.length
            ? html`<button
                ?disabled=${busy}
                @click=${() => settle(user_id, false, side.name)}
              >
                ${t("is_another", { name: side.name })}
              </button>`
            : nothing}
        </li>`,
      )}
    </ul>
  </div>`;

/**
 * @typedef {{
 *   name: string, user_id?: string, result?: string,
 *   there?: Person | undefined, here?: Person | undefined
 * }} Line
 * @typedef {"add_one" | "as_there" | "copy_to" | "delete"} Deed
 */

/** What can be done. @type {Record<string, Deed[]>} */
const DEEDS = { added: ["add_one"], replaced: ["as_there"], removed: ["copy_to", "delete"] };

/**
 * @param {Text} t
 * @param {Line} line
 * @param {{
 *   busy: boolean, other: string, asked: string,
 *   act: (deed: Deed | "", line: Line) => void
 * }} values `other`: what it is compared with; `asked`: who may be deleted, if it is meant
 */
export function compared(t, line, { busy, other, asked, act }) {
  const { name, user_id = "", result = "", there, here } = line;
  const sure = asked !== "" && asked === user_id;
  const button = (/** @type {Deed | ""} */ deed, /** @type {string} */ words) => html`<button
    class=${deed === "delete" ? "danger" : ""}
    ?disabled=${busy}
    @click=${() => act(deed, line)}
  >
    ${words}
  </button>`;
  return html`<li class="pair" data-user=${user_id}>
    ${[there, here].map((one) =>
      one ? html`<span class="face">${face(one, "")}</span>` : nothing,
    )}
    <span>${sure ? t("delete_title", { name }) : name}</span>
    ${sure ? button("", t("cancel")) : nothing}
    ${(DEEDS[result] ?? [])
      .filter((deed) => !sure || deed === "delete")
      .map((deed) => button(deed, t(deed, { module: other })))}
  </li>`;
}
