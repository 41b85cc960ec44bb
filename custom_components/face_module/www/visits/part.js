/** What the parts of the visit book share: words, what went wrong, and their look. */

import { LitElement, html, nothing } from "../shared/lit.js";
import { shared } from "../shared/common.js";
import { text } from "../shared/texts.js";
import { style as live } from "../live/style.js";
import { wordsOf } from "../people/api.js";
import { forms, grid } from "../people/style.js";
import { style } from "./style.js";

/** @import { Hass } from "../shared/common.js" */

/** What was typed or chosen. @param {Event} event */
export const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

export class Part extends LitElement {
  static properties = {
    hass: { attribute: false },
    _busy: { state: true },
    _error: { state: true },
  };

  constructor() {
    super();
    this.hass = /** @type {Hass} */ (/** @type {unknown} */ (undefined));
    this._busy = false;
    this._error = "";
  }

  get t() {
    return text(this.hass, "visits");
  }

  /** What the live card says, too. */
  get said() {
    return text(this.hass, "live");
  }

  get admin() {
    return !!this.hass.user?.is_admin;
  }

  /** Do something that may go wrong; true if it did not. @param {() => unknown} work */
  async run(work) {
    this._busy = true;
    try {
      await work();
      this._error = "";
    } catch (error) {
      this._error = await wordsOf(this.hass, error);
    }
    this._busy = false;
    return !this._error;
  }

  /** What went wrong, if something did. @param {unknown} [deed] what can be done about it */
  problem(deed = nothing) {
    return html`<div role="alert">
      ${this._error ? html`<div class="note bad">${this._error} ${deed}</div>` : nothing}
    </div>`;
  }

  static styles = [shared, live, forms, grid, style];
}

/**
 * @param {string} label
 * @param {string} any what is shown first and means everything, if it does
 * @param {string} chosen
 * @param {(value: string) => void} choose
 * @param {string[][]} options values and their labels
 */
export const select = (label, any, chosen, choose, options) =>
  html`<label>
    <span>${label}</span>
    <select @change=${(/** @type {Event} */ event) => choose(valueOf(event))}>
      ${(any ? [["", any], ...options] : options).map(
        ([value, name]) =>
          html`<option value=${value} .selected=${value === chosen}>${name}</option>`,
      )}
    </select>
  </label>`;
