/** Who shares a user id with somebody else, side by side, for the user to say who they are. */

import { html, nothing } from "../shared/lit.js";
import { face } from "./tile.js";

/** @import { Conflict } from "./api.js" */
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
          <span class="quiet">${side.modules.join(", ") || t("ha_list")}</span>
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
