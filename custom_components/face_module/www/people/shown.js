/** What is shown about people, and nothing else. */

import { html, nothing } from "../shared/lit.js";

/** @import { Text } from "../shared/texts.js" */
/** @import { Person, Waiting } from "./logic.js" */
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

/** What Home Assistant is told of somebody besides the name.
 * @param {Text} t @param {Person} person @param {string[][]} persons */
export const settings = (t, person, persons) => html`
  <label>
    <span>${t("person")}</span>
    <select name="person">
      <option value="">${t("nobody_linked")}</option>
      ${persons.map(
        ([id, label]) =>
          html`<option value=${id} ?selected=${id === person.person}>${label}</option>`,
      )}
    </select>
  </label>
  <label>
    <span>${t("minimum_score")}</span>
    <input
      name="score"
      type="number"
      min="0"
      max="100"
      step="0.1"
      aria-describedby="score-help"
      .defaultValue=${person.minimum_score === null ? "" : String(person.minimum_score)}
    />
    <span id="score-help">${t("minimum_help")}</span>
  </label>
  <label class="check">
    <input
      name="device"
      type="checkbox"
      aria-describedby="device-help"
      .defaultChecked=${person.device}
    />
    <span>${t("device")}</span>
    <span id="device-help">${t("device_help")}</span>
  </label>`;

/**
 * What waits for modules that are away, each to be given up.
 * @param {Text} t
 * @param {Waiting[]} changes
 * @param {boolean} busy
 * @param {(change: Waiting) => void} giveUp
 */
export const pending = (t, changes, busy, giveUp) =>
  changes.length
    ? html`<ul class="lines">
        ${changes.map(
          (change) => html`<li>
            ${t(`waits_${change.change}`, {
              module: change.module,
              called: change.called,
              name: change.name ?? "",
            })}
            ${change.error ? html`<span class="quiet">${change.error}</span>` : nothing}
            <button type="button" ?disabled=${busy} @click=${() => giveUp(change)}>
              ${t("give_up")}
            </button>
          </li>`,
        )}
      </ul>`
    : nothing;
