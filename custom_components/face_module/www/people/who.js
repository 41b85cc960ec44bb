/** Who it may be: people of a module to choose from, found by their names. */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { shared } from "../shared/common.js";
import { text } from "../shared/texts.js";
import { listPeople, searchPeople, wordsOf } from "./api.js";
import { forms } from "./style.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Person } from "./logic.js" */

/** So many people are offered; a name that is typed finds the others. */
const OFFERED = 8;
/** ms. */
const TYPED = 250;

/** Fires `picked` with a user id, and `failed` with words. */
export class Who extends LitElement {
  static properties = {
    hass: { attribute: false },
    entryId: { attribute: false },
    busy: { attribute: false },
    _people: { state: true },
  };

  constructor() {
    super();
    this.hass = /** @type {Hass} */ (/** @type {unknown} */ (undefined));
    this.entryId = "";
    this.busy = false;
    /** Null until they are known. @type {Person[] | null} */
    this._people = null;
    this._typed = "";
    this._timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  }

  firstUpdated() {
    this._find("");
    this.renderRoot.querySelector("input")?.focus();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this._timer);
  }

  render() {
    const t = text(this.hass, "people");
    return html`<label>
        <span>${t("search")}</span>
        <input
          type="search"
          autocomplete="off"
          maxlength="100"
          @input=${(/** @type {Event} */ event) =>
            this._find(/** @type {HTMLInputElement} */ (event.target).value.trim())}
        />
      </label>
      <p role="status" class="quiet">
        ${this._people && !this._people.length ? t("nobody_found") : nothing}
      </p>
      <ul class="buttons">
        ${(this._people ?? []).slice(0, OFFERED).map(
          ({ user_id, name }) => html`<li>
            <button ?disabled=${this.busy} @click=${() => this._tell("picked", user_id)}>
              ${name || user_id}
            </button>
          </li>`,
        )}
      </ul>`;
  }

  /** @param {string} typed */
  _find(typed) {
    this._typed = typed;
    clearTimeout(this._timer);
    this._timer = setTimeout(
      async () => {
        try {
          const found = typed
            ? (await searchPeople(this.hass, this.entryId, typed)).people
            : (await listPeople(this.hass, this.entryId, 0, OFFERED)).items;
          if (typed === this._typed) this._people = found;
        } catch (error) {
          this._tell("failed", await wordsOf(this.hass, error));
        }
      },
      typed ? TYPED : 0,
    );
  }

  /** @param {"picked" | "failed"} what @param {string} detail */
  _tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }

  static styles = [
    shared,
    forms,
    css`
      :host {
        display: grid;
        gap: 8px;
      }
      ul.buttons {
        justify-content: start;
        margin: 0;
        padding: 0;
        list-style: none;
      }
    `,
  ];
}

customElements.get("face-module-people-who") ||
  customElements.define("face-module-people-who", Who);
