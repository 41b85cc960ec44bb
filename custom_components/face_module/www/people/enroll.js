/** The dialog that enrolls a person: picture, verdict, name, modules, and what came of it. */

import { css, html, nothing } from "../shared/lit.js";
import { fire } from "../shared/common.js";
import { enroll, nameOfFile, personsOf, saveHere, update, wordsOf } from "./api.js";
import { PeopleDialog } from "./dialog.js";
import "./access.js";
import "./picture.js";
import { settings } from "./shown.js";

/** @import { PeopleAccess } from "./access.js" */
/** @import { Chosen } from "./picture.js" */
/** @import { Hass } from "../shared/common.js" */
/** @import { LitElement } from "../shared/lit.js" */
/** @import { Pictured, Result } from "./api.js" */
/** @import { Group } from "./logic.js" */

/** Of whom nothing else was said yet. */
const NEW = {
  user_id: "",
  name: "",
  person: null,
  minimum_score: null,
  device: false,
  picture: null,
};

/** Fires `taken` with the user id when a module took the person, `enrolled` when all did. */

export class PeopleEnroll extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    visit: { attribute: false },
    name: { attribute: false },
    failed: { attribute: false },
    guest: { attribute: false },
    _replace: { state: true },
    _chosen: { state: true },
    _picture: { state: true },
    _name: { state: true },
    _answer: { state: true },
    _known: { state: true },
  };

  constructor() {
    super();
    /** Whose picture it shall be, if it is not chosen. @type {Pictured | null} */
    this.visit = null;
    /** What they may be called. */
    this.name = "";
    /** Of an import that is put right. @type {Group | null} */
    this.failed = null;
    /** Somebody who comes for a while. */
    this.guest = false;
    this._replace = false;
    /** Entry ids; null: all. @type {Set<string> | null} */
    this._chosen = null;
    /** @type {Chosen | null} */
    this._picture = null;
    this._name = "";
    // The visit's picture is for the first one only.
    this._again = false;
    this._file = "";
    // What was typed is not replaced by a file's name.
    this._typed = false;
    /** @type {{name: string, user_id?: string, results: Result[]} | null} */
    this._answer = null;
    /** Who is called so already. @type {{user_id: string, name: string} | null} */
    this._known = null;
  }

  async firstUpdated() {
    super.firstUpdated();
    [this._name, this._typed] = [this.name, !!this.name];
    const devices = this.failed?.devices;
    const some = this.modules.filter(({ deviceId }) => devices?.includes(deviceId));
    if (some.length) this._chosen = new Set(some.map(({ entryId }) => entryId));
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
    const title = this.t(this.guest ? "guest_title" : "enroll_title");
    return this.frame(title, this._answer ? this._done() : this._form());
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
        .known=${!this.guest}
        @picture-changed=${this._pictured}
        @is-known=${async (/** @type {CustomEvent} */ { detail }) => {
          this._known = detail;
          await this._newPicture();
          if (!this._answer) this._known = null;
        }}
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
      ${this.guest
        ? html`<face-module-people-access .hass=${this.hass} .guest=${true}>
          </face-module-people-access>`
        : nothing}
      ${this.chooser(
        all,
        (chosen) => {
          this._chosen = chosen;
        },
        this.guest ? "doors" : "modules",
      )}
      ${this.failed || this.guest
        ? nothing
        : html`<details>
            <summary>${this.t("more_settings")}</summary>
            <div class="more">${settings(this.t, NEW, personsOf(this.hass, null))}</div>
          </details>`}
      ${this.failed?.exists
        ? html`<label class="check">
            <input type="checkbox" .checked=${this._replace} @change=${this._replaces} />
            <span>${this.t("import_replace")}</span>
          </label>`
        : nothing}
      ${this.problem()} ${this._known ? this._who(this._known) : nothing}
      <div class="buttons">
        <button type="button" @click=${this.close}>${this.t("cancel")}</button>
        ${this._known
          ? nothing
          : html`<button class="primary" ?disabled=${this._blocked}>
              ${this.t(this._busy ? "busy" : "save")}
            </button>`}
      </div>
    </form>`;
  }

  /** Whether it is who is called so, or another one. @param {{name: string}} known */
  _who({ name }) {
    return html`<div class="note" role="alert">
      <p>${this.t("name_exists", { name })}</p>
      <div class="buttons">
        ${this.guest
          ? nothing
          : html`<button type="button" ?disabled=${this._blocked} @click=${this._newPicture}>
              ${this.t("their_picture", { name })}
            </button>`}
        <button type="button" ?disabled=${this._blocked} @click=${this._enrollAnother}>
          ${this.t("another_one", { name })}
        </button>
      </div>
    </div>`;
  }

  get _blocked() {
    const picture = this._picture;
    return this._busy || !!picture?.busy || !!picture?.obstacle || !this._targets.length;
  }

  _done() {
    const { name, user_id, results } =
      /** @type {NonNullable<PeopleEnroll["_answer"]>} */ (this._answer);
    const all = results.every((line) => line.ok);
    return html`<div class="body">
      <p role="status">${this.t(all ? "enrolled_done" : "enrolled_partly", { name })}</p>
      ${this.results(results)} ${this.problem()}
      <div class="buttons">
        ${this.failed
          ? nothing
          : html`<button @click=${this._another}>${this.t("another")}</button>
              ${user_id ? this.tellButton({ user_id, name }) : nothing}`}
        <button class="primary" autofocus @click=${this.close}>${this.t("close")}</button>
      </div>
    </div>`;
  }

  /** @param {CustomEvent<Chosen>} event */
  _pictured(event) {
    this._picture = event.detail;
    const { file, pictureId, busy } = event.detail;
    if (file !== this._file) void this._called(file);
    // What was missing is there.
    if (pictureId) this._error = "";
    if (pictureId && !busy) this._input?.focus();
  }

  /** The file's name may be the person's. @param {string} file */
  async _called(file) {
    this._file = file;
    const hass = /** @type {Hass} */ (this.hass);
    const name = file ? await nameOfFile(hass, file).catch(() => "") : "";
    if (file === this._file && !this._typed) this._name = name;
  }

  /** @param {Event} event */
  _replaces(event) {
    this._replace = /** @type {HTMLInputElement} */ (event.target).checked;
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
    [this._known, this._error] = [null, ""];
  }

  /** @param {Event} event */
  async _save(event) {
    event.preventDefault();
    if (this._blocked) return;
    const { pictureId } = this._picture ?? {};
    if (!pictureId || !this._name.trim()) {
      this._error = this.t(pictureId ? "name_missing" : "picture_missing");
      if (pictureId) this._input?.focus();
      return;
    }
    if (!(/** @type {HTMLFormElement} */ (event.target).reportValidity())) return;
    if (this.failed) await this._write(this._replace ? "replace" : "fail");
    else await this._write("ask");
  }

  _enrollAnother() {
    return this._write("fail");
  }

  _newPicture() {
    const { user_id, name } = /** @type {{user_id: string, name: string}} */ (this._known);
    return this._show(async (hass) => {
      const { results } = await update(hass, {
        ...this._fields,
        user_id,
        called: name,
        everywhere: true,
      });
      return { name, results };
    });
  }

  get _fields() {
    return {
      picture_id: this._picture?.pictureId ?? "",
      entry_ids: this._targets.map((module) => module.entryId),
      allow_duplicate_face: !!this._picture?.allowed,
    };
  }

  /** @param {"ask" | "fail" | "replace"} if_exists what to do when somebody is called so */
  _write(if_exists) {
    return this._show(async (hass) => {
      try {
        const wanted = {
          ...this._fields,
          ...this._same(),
          ...this._stay(),
          name: this._name,
          if_exists,
        };
        const answer = await enroll(hass, wanted);
        await this._link(hass, answer);
        return answer;
      } catch (err) {
        const { translation_key, translation_placeholders: known } =
          /** @type {import("./api.js").Problem} */ (err);
        if (translation_key !== "name_exists" || !known) throw err;
        this._known = { user_id: known.user_id, name: known.name };
        return null;
      }
    });
  }

  /**
   * Show what came of it.
   * @param {(hass: import("../shared/common.js").Hass) =>
   *   Promise<{name: string, user_id?: string, results: Result[]} | null>} work
   */
  async _show(work) {
    await this.run(async (hass) => {
      this._answer = await work(hass);
      if (this._answer) this.changed();
      const { results, user_id = this._known?.user_id } = this._answer ?? { results: [] };
      if (results.some((line) => line.ok)) fire(this, "taken", user_id);
      if (this._answer && results.every((line) => line.ok)) fire(this, "enrolled");
    });
    if (this._answer) {
      await this.updateComplete;
      /** @type {HTMLElement} */ (this.renderRoot.querySelector(".primary")).focus();
    }
  }

  /**
   * What else was said of somebody, once a module has them.
   * @param {Hass} hass
   * @param {{user_id: string, name: string, results: Result[]}} answer
   */
  async _link(hass, { user_id, name, results }) {
    const entry_id = results.find((line) => line.ok)?.entry_id;
    const data = new FormData(/** @type {HTMLFormElement} */ (this.renderRoot.querySelector("form")));
    const wanted = {
      name,
      person: String(data.get("person") ?? "") || null,
      minimum_score: data.get("score") ? Number(data.get("score")) : null,
      device: data.has("device"),
    };
    try {
      if (entry_id) await saveHere(hass, { ...NEW, user_id }, wanted, entry_id);
    } catch (error) {
      // They are enrolled all the same.
      this._error = await wordsOf(hass, error);
    }
  }

  /** When and where a guest may enter. */
  _stay() {
    /** @type {PeopleAccess | null} */
    const access = this.renderRoot.querySelector("face-module-people-access");
    if (!access) return {};
    const targets = this._targets;
    const some = targets.length < this.modules.length ? targets : [];
    return {
      access: { ...access.wish, device_id: some.map((module) => module.deviceId) },
    };
  }

  /** Whoever got an id from the import keeps it under the same name. */
  _same() {
    const { userId, known } = this.failed ?? {};
    return userId && this._name.trim() === known ? { user_id: userId } : {};
  }

  _another() {
    [this._answer, this._picture, this._error, this._again] = [null, null, "", true];
    [this._name, this._typed, this._known] = ["", false, null];
  }

  static styles = [
    ...PeopleDialog.styles,
    css`
      .note button {
        background: var(--fm-card);
      }
      .more {
        display: grid;
        gap: 16px;
        padding-block: 8px;
      }
    `,
  ];
}

customElements.get("face-module-people-enroll") ||
  customElements.define("face-module-people-enroll", PeopleEnroll);
