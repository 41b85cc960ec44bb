/** Somebody whom two lists know differently: both faces, and what can be done about it. */

import { html, nothing } from "../shared/lit.js";
import { face } from "./tile.js";

/** @import { Text } from "../shared/common.js" */
/** @import { Person } from "./logic.js" */

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
