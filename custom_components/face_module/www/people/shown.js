/** What the dialog about a person only shows. */

import { html, nothing } from "../shared/lit.js";

/** @import { Text } from "../shared/texts.js" */
/** @import { Person } from "./logic.js" */
/** @import { Result } from "./api.js" */

/** What was done when somebody was erased, in words.
 * @param {Text} t @param {string} name @param {{modules: Result[], visits: number}} done */
export function erased(t, name, { modules, visits }) {
  const count = (/** @type {string} */ result) =>
    modules.filter((one) => one.result === result).length;
  return html`<p role="status">
    ${t("erased", { name, visits, modules: count("removed"), waiting: count("waiting") })}
  </p>`;
}

/** Whether and when somebody may enter, in one sentence.
 * @param {Text} t @param {Person} person @param {() => void} change */
export function mayEnter(t, { access }, change) {
  if (!access) return nothing;
  return html`<fieldset>
    <legend>${t("access")}</legend>
    <div class="beside ${access.may_enter ? "good" : "bad-line"}">${access.text}</div>
    <div><button type="button" @click=${change}>${t("access_change")}</button></div>
  </fieldset>`;
}
