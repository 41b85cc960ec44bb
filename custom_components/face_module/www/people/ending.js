/** The end of somebody in the dialog about them: deleted from modules, or erased everywhere. */

import { fire } from "../shared/common.js";
import { html, nothing } from "../shared/lit.js";
import { eraseAll, remove } from "./api.js";
import { PeopleDialog } from "./dialog.js";
import { failures } from "./logic.js";
import { erased } from "./shown.js";
import "./undo.js";

/** @import { Module, Person } from "./logic.js" */
/** @import { Result } from "./api.js" */

export class PersonEnding extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    _person: { state: true },
    _deleting: { state: true },
    _failed: { state: true },
    _erased: { state: true },
  };

  constructor() {
    super();
    // As it was last saved: the card goes on giving the one that was chosen.
    this._person = /** @type {Person | undefined} */ (undefined);
    this._deleting = false;
    /** @type {Result[]} */
    this._failed = [];
    /** What was erased, once it was. @type {{modules: Result[], visits: number} | null} */
    this._erased = null;
  }

  _keep() {
    this._deleting = false;
    this._error = "";
  }

  _ask() {
    [this._deleting, this._error, this._failed] = [true, "", []];
  }

  _delete() {
    const { name } = /** @type {Person} */ (this._person);
    if (this._erased) return this._gone(name, this._erased);
    const several = this.modules.length > 1;
    const module = this.module?.name ?? "";
    return html`<div class="body">
      <p>${this.t("delete_words", { name })}</p>
      ${this.problem()} ${this._failed.length ? this.results(this._failed) : nothing}
      <div class="buttons">
        <button autofocus @click=${this._keep}>${this.t("cancel")}</button>
        ${several
          ? html`<button class="danger" ?disabled=${this._busy} @click=${this._deleteHere}>
              ${this.t("delete_here", { module })}
            </button>`
          : nothing}
        <button class="danger" ?disabled=${this._busy} @click=${this._deleteAll}>
          ${this.t(several ? "delete_everywhere" : "delete")}
        </button>
      </div>
      <p>${this.t("erase_words", { name })}</p>
      <div class="buttons">
        <button class="danger" ?disabled=${this._busy} @click=${this._erase}>
          ${this.t("erase")}
        </button>
      </div>
    </div>`;
  }

  /** @param {string} name @param {{modules: Result[], visits: number}} done */
  _gone(name, done) {
    return html`<div class="body">
      ${erased(this.t, name, done)} ${this._failed.length ? this.results(this._failed) : nothing}
      <div class="buttons"><button autofocus @click=${this.close}>${this.t("close")}</button></div>
    </div>`;
  }

  _erase() {
    const person = /** @type {Person} */ (this._person);
    return this.run(async (hass) => {
      const { results, visits } = await eraseAll(hass, person);
      this._failed = failures(results);
      this._erased = { modules: results, visits };
      this.changed();
    });
  }

  _deleteHere() {
    return this._remove(this.module ? [this.module] : [], false);
  }

  _deleteAll() {
    return this._remove(this.modules, true);
  }

  /**
   * @param {Module[]} modules
   * @param {boolean} everywhere
   */
  async _remove(modules, everywhere) {
    const { user_id, name } = /** @type {Person} */ (this._person);
    /** @type {import("./undo.js").Deleted | null} */
    let deleted = null;
    const done = await this.run(async (hass) => {
      const entry_ids = modules.map((module) => module.entryId);
      const fields = { entry_ids, user_id, called: name, everywhere, undo: true };
      const { results, undo } = await remove(hass, fields);
      this._failed = failures(results);
      deleted = results.some(({ ok }) => ok) ? { name, undo } : null;
    });
    if (done && !this._failed.length) this.close();
    if (deleted) fire(this, "person-deleted", deleted);
  }
}
