/** The dialog that enrolls many people from files: the file's name is the person's. */

import { html, nothing } from "./lit.js";
import { enroll, upload, wordsOf } from "./people-api.js";
import { PeopleDialog } from "./people-dialog.js";
import { nameOfFile } from "./people-logic.js";

/** @import { Hass } from "./common.js" */

/** The list is refreshed after so many, and in the end. */
const REFRESH = 25;

export class PeopleImport extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    _files: { state: true },
    _chosen: { state: true },
    _replace: { state: true },
    _done: { state: true },
    _failed: { state: true },
    _finished: { state: true },
  };

  constructor() {
    super();
    /** @type {File[]} */
    this._files = [];
    /** Entry ids; null: all. @type {Set<string> | null} */
    this._chosen = null;
    this._replace = false;
    this._done = 0;
    /** @type {{name: string, error: string}[]} */
    this._failed = [];
    this._finished = false;
    this._cancelled = false;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._cancelled = true;
  }

  render() {
    const started = this._busy || this._finished;
    return this.frame(this.t("import_title"), started ? this._report() : this._form());
  }

  get _targets() {
    const all = this.modules.map((module) => module.entryId);
    return all.filter((entryId) => !this._chosen || this._chosen.has(entryId));
  }

  _form() {
    const count = this._files.length;
    return html`<div class="body">
      <p>${this.t("import_words")}</p>
      <label>
        <span>${this.t("choose_files")}</span>
        <input type="file" accept="image/*" multiple @change=${this._picked} />
      </label>
      <p role="status">${count ? this.t("import_chosen", { count }) : nothing}</p>
      <label class="check">
        <input type="checkbox" .checked=${this._replace} @change=${this._replaces} />
        <span>${this.t("import_replace")}</span>
      </label>
      ${this.chooser(new Set(this._targets), (chosen) => {
        this._chosen = chosen;
      })}
      <div class="buttons">
        <button @click=${this.close}>${this.t("cancel")}</button>
        <button
          class="primary"
          ?disabled=${!count || !this._targets.length}
          @click=${this._start}
        >
          ${this.t("start")}
        </button>
      </div>
    </div>`;
  }

  _report() {
    const total = this._files.length;
    const failed = this._failed.length;
    const values = { added: this._done - failed, failed, left: total - this._done };
    return html`<div class="body">
      <label>
        <span>${this.t("import_progress", { done: this._done, total })}</span>
        <progress max=${total} .value=${this._done}></progress>
      </label>
      <p role="status">${this._finished ? this.t("import_done", values) : nothing}</p>
      <ul class="lines failed">
        ${this._failed.map(
          ({ name, error }) =>
            html`<li class="bad-line">
              ${this.t("on_module", { module: name, text: error })}
            </li>`,
        )}
      </ul>
      <div class="buttons">
        ${this._finished
          ? html`<button class="primary" @click=${this.close}>${this.t("close")}</button>`
          : html`<button @click=${this._cancel}>${this.t("cancel")}</button>`}
      </div>
    </div>`;
  }

  /** @param {Event} event */
  _picked(event) {
    this._files = [.../** @type {HTMLInputElement} */ (event.target).files ?? []];
  }

  /** @param {Event} event */
  _replaces(event) {
    this._replace = /** @type {HTMLInputElement} */ (event.target).checked;
  }

  _cancel() {
    this._cancelled = true;
  }

  async _start() {
    this._cancelled = false;
    await this.run((hass) => this._all(hass));
    this._finished = true;
    this.changed();
  }

  /** @param {Hass} hass */
  async _all(hass) {
    // The next picture is on its way while the module learns this one.
    /** @type {Promise<import("./people-api.js").Taken> | null} */
    let sent = null;
    for (const [index, file] of this._files.entries()) {
      if (this._cancelled) return;
      const taken = sent ?? upload(hass, file);
      const next = this._files[index + 1];
      const enrolled = this._one(hass, file, taken);
      await taken.catch(() => {});
      sent = next ? upload(hass, next) : null;
      // Looked at when it is its turn.
      sent?.catch(() => {});
      const error = await enrolled;
      if (error) this._failed = [...this._failed, { name: file.name, error }];
      this._done += 1;
      if (this._done % REFRESH === 0) this.changed();
    }
  }

  /**
   * Enroll the person of a file; returns what went wrong.
   * @param {Hass} hass
   * @param {File} file
   * @param {Promise<import("./people-api.js").Taken>} taken
   */
  async _one(hass, file, taken) {
    const name = nameOfFile(file.name);
    if (!name) return this.t("import_no_name");
    try {
      const { results } = await enroll(hass, {
        picture_id: (await taken).picture_id,
        entry_ids: this._targets,
        name,
        if_exists: this._replace ? "replace" : "fail",
      });
      return results
        .filter((line) => !line.ok)
        .map((line) => line.error)
        .join(" ");
    } catch (err) {
      return wordsOf(hass, err);
    }
  }
}

customElements.get("face-module-people-import") ||
  customElements.define("face-module-people-import", PeopleImport);
