/** What the dialogs of the people card share: a native, modal <dialog> that says when it closed. */

import { LitElement, html, nothing } from "../shared/lit.js";
import { fire, open, shared } from "../shared/common.js";
import { text } from "../shared/texts.js";
import { giveUp, wordsOf } from "./api.js";
import { pending } from "./shown.js";
import { forms } from "./style.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Module } from "./logic.js" */

/** Opens itself. Fires `closed`, and `people-changed` after something was written. */
export class PeopleDialog extends LitElement {
  static properties = {
    hass: { attribute: false },
    module: { attribute: false },
    modules: { attribute: false },
    _busy: { state: true },
    _error: { state: true },
    _telling: { state: true },
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
    /** Whose coming is to be told. @type {{user_id: string, name: string} | null} */
    this._telling = null;
  }

  get t() {
    return text(this.hass, "people");
  }

  firstUpdated() {
    open(this.dialog);
  }

  /** A page that is laid out anew takes the card away for a moment: it stays open. */
  connectedCallback() {
    super.connectedCallback();
    if (!this.hasUpdated || this._telling) return;
    this.dialog.removeAttribute("open");
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
    if (this._telling) {
      return html`<face-module-tell
        .hass=${this.hass}
        .person=${this._telling}
        @closed=${this._closed}
      ></face-module-tell>`;
    }
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

  /**
   * What leads to an automation about somebody.
   * @param {{user_id: string, name: string}} person
   */
  tellButton(person) {
    return html`<button
      type="button"
      ?disabled=${this._busy}
      @click=${() =>
        this.run(async () => {
          await import("../page/tell.js");
          this._telling = person;
        })}
    >
      ${this.t("tell", { name: person.name })}
    </button>`;
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
   * What waits for modules that are away, each to be given up.
   * @param {import("./logic.js").Waiting[]} changes
   * @param {(change: import("./logic.js").Waiting) => void} givenUp
   */
  waiting(changes, givenUp) {
    return pending(this.t, changes, this._busy, (change) =>
      this.run(async (hass) => {
        await giveUp(hass, change);
        givenUp(change);
      }),
    );
  }

  /**
   * Which modules, where there are several.
   * @param {Set<string>} chosen entry ids
   * @param {(chosen: Set<string>) => void} choose
   * @param {string} [key] what they are called
   */
  chooser(chosen, choose, key = "modules") {
    if (this.modules.length < 2) return nothing;
    return html`<fieldset>
      <legend>${this.t(key)}</legend>
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
