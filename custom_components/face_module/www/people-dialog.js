/** What the dialogs of the people card share: a native, modal <dialog> that says when it closed. */

import { LitElement, html, nothing } from "./lit.js";
import { fire, shared, text } from "./common.js";
import { wordsOf } from "./people-api.js";
import { forms } from "./people-style.js";
import { TEXTS } from "./people-texts.js";

/** @import { Hass } from "./common.js" */
/** @import { Module } from "./people-logic.js" */

/** Opens itself. Fires `closed`, and `people-changed` after something was written. */
export class PeopleDialog extends LitElement {
  static properties = {
    hass: { attribute: false },
    module: { attribute: false },
    modules: { attribute: false },
    _busy: { state: true },
    _error: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** The module that the card shows. @type {Module | undefined} */
    this.module = undefined;
    /** All modules. @type {Module[]} */
    this.modules = [];
    this._busy = false;
    this._error = "";
  }

  get t() {
    return text(this.hass, TEXTS);
  }

  firstUpdated() {
    this.dialog.showModal();
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.renderRoot.querySelector("dialog"));
  }

  close() {
    this.dialog.close();
  }

  /**
   * @param {string} title
   * @param {unknown} content
   */
  frame(title, content) {
    return html`<dialog aria-labelledby="title" @close=${this._closed}>
      <h2 id="title">${title}</h2>
      ${content}
    </dialog>`;
  }

  /** What went wrong, if something did. */
  problem() {
    return html`<div role="alert">
      ${this._error ? html`<p class="note bad">${this._error}</p>` : nothing}
    </div>`;
  }

  /**
   * Do something that may go wrong, once at a time; true if it did not.
   * @param {(hass: Hass) => Promise<void>} work
   */
  async run(work) {
    if (this._busy) return false;
    const hass = /** @type {Hass} */ (this.hass);
    this._busy = true;
    this._error = "";
    try {
      await work(hass);
      return true;
    } catch (err) {
      this._error = await wordsOf(hass, err);
      return false;
    } finally {
      this._busy = false;
    }
  }

  changed() {
    fire(this, "people-changed");
  }

  _closed() {
    fire(this, "closed");
  }

  /**
   * A line for each module of an answer.
   * @param {{entry_id: string, ok: boolean, error?: string}[]} results
   */
  results(results) {
    return html`<ul class="lines">
      ${results.map(({ entry_id, ok, error }) => {
        const module = this.modules.find((one) => one.entryId === entry_id)?.name ?? "";
        const words = ok ? module : this.t("on_module", { module, text: error ?? "" });
        return html`<li class=${ok ? "good" : "bad-line"}>${words}</li>`;
      })}
    </ul>`;
  }

  /**
   * Which modules, where there are several.
   * @param {Set<string>} chosen entry ids
   * @param {(chosen: Set<string>) => void} choose
   */
  chooser(chosen, choose) {
    if (this.modules.length < 2) return nothing;
    return html`<fieldset>
      <legend>${this.t("modules")}</legend>
      ${this.modules.map(
        ({ entryId, name }) => html`<label class="check">
          <input
            type="checkbox"
            .checked=${chosen.has(entryId)}
            ?disabled=${this._busy}
            @change=${(/** @type {Event} */ event) => {
              const next = new Set(chosen);
              if (/** @type {HTMLInputElement} */ (event.target).checked) next.add(entryId);
              else next.delete(entryId);
              choose(next);
            }}
          />
          <span>${name}</span>
        </label>`,
      )}
    </fieldset>`;
  }

  static styles = [shared, forms];
}
