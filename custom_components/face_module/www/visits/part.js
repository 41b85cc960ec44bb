/** What the parts of the visit book share: words, what went wrong, and their look. */

import { css, html, LitElement, nothing } from "../shared/lit.js";
import { shared } from "../shared/common.js";
import { text } from "../shared/texts.js";
import { style as live } from "../live/style.js";
import { wordsOf } from "../people/api.js";
import { forms, grid } from "../people/style.js";

/** @import { Hass } from "../shared/common.js" */

/** What was typed or chosen. @param {Event} event */
export const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

/** Its look, on top of what it shares with the other cards. */
const style = css`
  .bar,
  .filters {
    margin: 8px 0;
  }
  nav.bar > button {
    flex: 0 1 auto;
  }
  .filters {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(140px, 1fr));
    gap: 8px;
  }
  .bar button[aria-current="page"] {
    background: var(--fm-soft);
    background: color-mix(in srgb, var(--fm-primary) 22%, var(--fm-card));
    border-color: var(--fm-primary);
  }
  .note {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    justify-content: space-between;
  }
  dialog header h2 {
    margin: 0;
  }
  dialog .note,
  dialog nav,
  .picker {
    margin-top: 16px;
  }
  dialog > .buttons {
    margin-top: 16px;
    justify-content: stretch;
    align-items: center;
  }
  dialog > .buttons > button {
    flex: 1 1 auto;
  }
  .picker ul {
    justify-content: start;
    padding: 0;
    margin: 8px 0 0;
    list-style: none;
  }
  button {
    overflow-wrap: anywhere;
  }
  .visit,
  .bones {
    display: grid;
    grid-template-columns: 48px minmax(0, 1fr) fit-content(32%);
    gap: 0 12px;
    align-items: center;
    justify-items: start;
    width: 100%;
    height: 60px;
    padding: 4px;
    font-weight: 400;
    line-height: 1.35;
    text-align: start;
    background: transparent;
    border-radius: 12px;
  }
  .visit:hover {
    background: var(--fm-soft);
  }
  .visit:focus-visible {
    outline-offset: -2px;
  }
  .visit > .thumb,
  .bones > .thumb {
    grid-row: span 2;
    width: 48px;
    height: 48px;
    margin: 0;
  }
  .visit .thumb > .blank > .icon {
    width: 32px;
    height: 32px;
    color: inherit;
  }
  .visit > .who,
  .visit > .when,
  .visit > .door {
    max-width: 100%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .visit > .who {
    font-weight: 500;
  }
  .visit > .wrong {
    text-decoration: line-through;
  }
  .visit > .when,
  .visit > .door {
    font-size: 0.875rem;
  }
  .visit > .score,
  .visit > .door {
    justify-self: end;
  }
  /* When it was is more than where, which the visit itself tells. */
  @container (max-width: 320px) {
    .visit > .door {
      position: absolute;
      width: 1px;
      clip-path: inset(50%);
    }
    .visit > .when {
      grid-column: 2 / -1;
    }
  }
  .months > button {
    flex: 0 0 auto;
    min-width: 44px;
  }
  .months h3 {
    flex: 1 1 8rem;
    align-self: center;
    margin: 0;
    font-size: 1rem;
    font-weight: 500;
    text-align: center;
  }
  .wide {
    max-height: 70vh;
    overflow: auto;
  }
  table {
    font-size: 0.875rem;
    border-collapse: collapse;
  }
  th,
  td {
    padding: 6px 8px;
    text-align: start;
    white-space: nowrap;
    border-bottom: 1px solid var(--fm-line);
  }
  th {
    font-weight: 500;
  }
  thead th {
    position: sticky;
    top: 0;
    background: var(--fm-card);
  }
  th:first-child {
    position: sticky;
    inset-inline-start: 0;
    z-index: 1;
    max-width: 10rem;
    overflow: hidden;
    text-overflow: ellipsis;
    background: var(--fm-card);
  }
  svg text {
    fill: var(--fm-quiet);
    font-size: 12px;
    text-anchor: middle;
  }
  svg .lane {
    fill: var(--fm-text);
    text-anchor: start;
  }
  svg[role] {
    display: block;
    /* Scores grow to the right in every language. */
    direction: ltr;
    overflow: visible;
    width: 100%;
    max-width: 400px;
  }
  .ground {
    stroke: var(--fm-line);
  }
  .line {
    stroke: var(--fm-text);
    stroke-width: 2;
    stroke-dasharray: 4 3;
  }
  rect.right {
    fill: var(--fm-good);
  }
  rect.wrong {
    fill: var(--fm-bad);
  }
  rect.rejected {
    fill: var(--fm-doubt);
  }
  input[type="range"] {
    padding: 0;
    accent-color: var(--fm-primary);
  }
`;

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
