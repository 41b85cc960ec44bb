/** The dialog that enrolls a person: picture, verdict, name, modules, and what came of it. */

import { html } from "./lit.js";
import { enroll } from "./people-api.js";
import { PeopleDialog } from "./people-dialog.js";
import { nameOfFile } from "./people-logic.js";
import "./people-picture.js";

/** @import { Chosen } from "./people-picture.js" */
/** @import { LitElement } from "./lit.js" */
/** @import { Result, VisitOf } from "./people-api.js" */

export class PeopleEnroll extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    visit: { attribute: false },
    name: { attribute: false },
    _chosen: { state: true },
    _picture: { state: true },
    _name: { state: true },
    _answer: { state: true },
  };

  constructor() {
    super();
    /** Whose picture it shall be, if it is not chosen. @type {VisitOf | null} */
    this.visit = null;
    /** What they may be called. */
    this.name = "";
    /** Entry ids; null: all. @type {Set<string> | null} */
    this._chosen = null;
    /** @type {Chosen | null} */
    this._picture = null;
    this._name = "";
    // The visit's picture is for the first one only.
    this._again = false;
    // What was typed is not replaced by a file's name.
    this._typed = false;
    /** @type {{name: string, results: Result[]} | null} */
    this._answer = null;
  }

  async firstUpdated() {
    super.firstUpdated();
    [this._name, this._typed] = [this.name, !!this.name];
    // The name would open the keyboard of a phone.
    const picture = /** @type {LitElement} */ (
      this.renderRoot.querySelector("face-module-people-picture")
    );
    await picture.updateComplete;
    picture.focus();
  }

  get _targets() {
    return this.modules.filter(
      ({ entryId }) => !this._chosen || this._chosen.has(entryId),
    );
  }

  render() {
    return this.frame(this.t("enroll_title"), this._answer ? this._done() : this._form());
  }

  _form() {
    const targets = this._targets;
    const all = new Set(targets.map((module) => module.entryId));
    return html`<form novalidate @submit=${this._save}>
      <face-module-people-picture
        .hass=${this.hass}
        .modules=${targets}
        .asked=${this.modules}
        .visit=${this._again ? null : this.visit}
        @picture-changed=${this._pictured}
      ></face-module-people-picture>
      <label>
        <span>${this.t("name")}</span>
        <input
          name="name"
          autocomplete="off"
          maxlength="100"
          .value=${this._name}
          @input=${this._named}
        />
      </label>
      ${this.chooser(all, (chosen) => {
        this._chosen = chosen;
      })}
      ${this.problem()}
      <div class="buttons">
        <button type="button" @click=${this.close}>${this.t("cancel")}</button>
        <button class="primary" ?disabled=${this._blocked}>
          ${this.t(this._busy ? "busy" : "save")}
        </button>
      </div>
    </form>`;
  }

  get _blocked() {
    const picture = this._picture;
    return this._busy || !!picture?.busy || !!picture?.obstacle || !this._targets.length;
  }

  _done() {
    const { name, results } = /** @type {{name: string, results: Result[]}} */ (this._answer);
    const all = results.every((line) => line.ok);
    return html`<div class="body">
      <p role="status">${this.t(all ? "enrolled_done" : "enrolled_partly", { name })}</p>
      ${this.results(results)}
      <div class="buttons">
        <button @click=${this._another}>${this.t("another")}</button>
        <button class="primary" autofocus @click=${this.close}>${this.t("close")}</button>
      </div>
    </div>`;
  }

  /** @param {CustomEvent<Chosen>} event */
  _pictured(event) {
    this._picture = event.detail;
    if (!this._typed) this._name = nameOfFile(event.detail.file);
    if (event.detail.pictureId && !event.detail.busy) this._input?.focus();
  }

  get _input() {
    return /** @type {HTMLInputElement | null} */ (
      this.renderRoot.querySelector("input[name=name]")
    );
  }

  /** @param {Event} event */
  _named(event) {
    this._name = /** @type {HTMLInputElement} */ (event.target).value;
    this._typed = !!this._name;
  }

  /** @param {Event} event */
  async _save(event) {
    event.preventDefault();
    if (this._blocked) return;
    const { pictureId, allowed } = this._picture ?? {};
    if (!pictureId || !this._name.trim()) {
      this._error = this.t(pictureId ? "name_missing" : "picture_missing");
      if (pictureId) this._input?.focus();
      return;
    }
    await this.run(async (hass) => {
      this._answer = await enroll(hass, {
        picture_id: pictureId,
        entry_ids: this._targets.map((module) => module.entryId),
        name: this._name,
        allow_duplicate_face: !!allowed,
      });
      this.changed();
    });
    if (this._answer) {
      await this.updateComplete;
      /** @type {HTMLElement} */ (this.renderRoot.querySelector(".primary")).focus();
    }
  }

  _another() {
    [this._answer, this._picture, this._error, this._again] = [null, null, "", true];
    [this._name, this._typed] = ["", false];
  }
}

customElements.get("face-module-people-enroll") ||
  customElements.define("face-module-people-enroll", PeopleEnroll);
