/** The dialog about a person: name, picture, link, minimum score, and the end of it. */

import { css, html, nothing } from "./lit.js";
import { link, personsOf, remove, searchPeople, update } from "./people-api.js";
import { PeopleDialog } from "./people-dialog.js";
import { failures } from "./people-logic.js";
import "./people-picture.js";
import { grid } from "./people-style.js";
import { face } from "./people-tile.js";

/** @import { Hass } from "./common.js" */
/** @import { Person } from "./people-logic.js" */
/** @import { Result } from "./people-api.js" */
/** @import { Chosen } from "./people-picture.js" */

export class PeopleDetails extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    person: { attribute: false },
    _person: { state: true },
    _replacing: { state: true },
    _deleting: { state: true },
    _picture: { state: true },
    _failed: { state: true },
    _saved: { state: true },
  };

  constructor() {
    super();
    /** @type {Person | undefined} */
    this.person = undefined;
    // As it was last saved: the card goes on giving the one that was chosen.
    this._person = this.person;
    this._replacing = false;
    this._deleting = false;
    /** @type {Chosen | null} */
    this._picture = null;
    /** @type {Result[]} */
    this._failed = [];
    this._saved = false;
  }

  willUpdate() {
    this._person ??= this.person;
  }

  render() {
    const { name } = /** @type {Person} */ (this._person);
    return this._deleting
      ? this.frame(this.t("delete_title", { name }), this._delete())
      : this.frame(name, this._form());
  }

  _form() {
    const person = /** @type {Person} */ (this._person);
    const picture = this._picture;
    const blocked =
      this._busy || (this._replacing && (!!picture?.busy || !!picture?.obstacle));
    return html`<form novalidate @submit=${this._save}>
      ${this._replacing ? this._chooser() : this._face()}
      <label>
        <span>${this.t("name")}</span>
        <input name="name" autocomplete="off" maxlength="100" .defaultValue=${person.name} />
      </label>
      <label>
        <span>${this.t("person")}</span>
        <select name="person">
          <option value="">${this.t("nobody_linked")}</option>
          ${personsOf(this.hass, person.person).map(
            ([id, label]) =>
              html`<option value=${id} ?selected=${id === person.person}>${label}</option>`,
          )}
        </select>
      </label>
      <label>
        <span>${this.t("minimum_score")}</span>
        <input
          name="score"
          type="number"
          min="0"
          max="100"
          step="0.1"
          aria-describedby="score-help"
          .defaultValue=${person.minimum_score === null ? "" : String(person.minimum_score)}
        />
        <span id="score-help">${this.t("minimum_help")}</span>
      </label>
      ${this.problem()} ${this._failed.length ? this.results(this._failed) : nothing}
      <div role="status">
        ${this._saved ? html`<p class="good">${this.t("saved")}</p>` : nothing}
      </div>
      <div class="buttons">
        <button type="button" class="danger" ?disabled=${this._busy} @click=${this._ask}>
          ${this.t("delete")}
        </button>
        <span class="space"></span>
        <button type="button" @click=${this.close}>${this.t("close")}</button>
        <button class="primary" ?disabled=${blocked}>
          ${this.t(this._busy ? "busy" : "save")}
        </button>
      </div>
    </form>`;
  }

  _face() {
    const person = /** @type {Person} */ (this._person);
    return html`<div class="about">
      <div class="face">
        ${face(person, person.name)}
      </div>
      <div class="beside">
        <p class="quiet">${this.t("user_id", { id: person.user_id })}</p>
        <button type="button" @click=${this._replace}>${this.t("replace")}</button>
      </div>
    </div>`;
  }

  _chooser() {
    const person = /** @type {Person} */ (this._person);
    return html`<face-module-people-picture
      .hass=${this.hass}
      .modules=${this.modules}
      .userId=${person.user_id}
      @picture-changed=${(/** @type {CustomEvent<Chosen>} */ event) => {
        this._picture = event.detail;
      }}
    ></face-module-people-picture>`;
  }

  _delete() {
    const { name } = /** @type {Person} */ (this._person);
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
    </div>`;
  }

  _replace() {
    this._replacing = true;
  }

  _keep() {
    this._deleting = false;
  }

  _ask() {
    [this._deleting, this._error, this._failed, this._saved] = [true, "", [], false];
  }

  /** @param {Event} event */
  async _save(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const data = new FormData(form);
    const name = String(data.get("name")).trim();
    const score = String(data.get("score"));
    if (!name) {
      this._error = this.t("name_missing");
      return;
    }
    if (!form.reportValidity()) return;
    const linked = {
      name,
      person: String(data.get("person")) || null,
      minimum_score: score === "" ? null : Number(score),
    };
    [this._saved, this._failed] = [false, []];
    this._saved = (await this.run((hass) => this._write(hass, linked))) && !this._failed.length;
  }

  /**
   * @param {Hass} hass
   * @param {{name: string, person: string | null, minimum_score: number | null}} wanted
   */
  async _write(hass, wanted) {
    const person = /** @type {Person} */ (this._person);
    const pictureId = this._replacing ? this._picture?.pictureId : null;
    if (wanted.name !== person.name || pictureId) {
      const { results } = await update(hass, {
        entry_ids: this.modules.map((module) => module.entryId),
        user_id: person.user_id,
        ...(wanted.name === person.name ? {} : { name: wanted.name }),
        ...(pictureId ? { picture_id: pictureId } : {}),
        allow_duplicate_face: !!this._picture?.allowed,
      });
      this._failed = failures(results);
    }
    const { person: linked, minimum_score } = wanted;
    if (linked !== person.person || minimum_score !== person.minimum_score) {
      await link(hass, { ...wanted, user_id: person.user_id });
    }
    this._person = { ...person, ...wanted };
    if (pictureId) this._person.picture = await this._newPicture(hass, person);
    if (pictureId) [this._replacing, this._picture] = [false, null];
    this.changed();
  }

  /** Its address is the same, its signature is not. @param {Hass} hass @param {Person} person */
  async _newPicture(hass, { user_id, picture }) {
    const entryId = this.module?.entryId ?? "";
    const { people } = await searchPeople(hass, entryId, user_id);
    return people.find((one) => one.user_id === user_id)?.picture ?? picture;
  }

  _deleteHere() {
    return this._remove(this.module ? [this.module] : []);
  }

  _deleteAll() {
    return this._remove(this.modules);
  }

  /** @param {import("./people-logic.js").Module[]} modules */
  async _remove(modules) {
    const { user_id } = /** @type {Person} */ (this._person);
    const done = await this.run(async (hass) => {
      const ids = modules.map((module) => module.entryId);
      this._failed = failures((await remove(hass, ids, user_id)).results);
      this.changed();
    });
    if (done && !this._failed.length) this.close();
  }

  static styles = [
    ...PeopleDialog.styles,
    grid,
    css`
      .about {
        display: flex;
        gap: 16px;
        align-items: center;
      }
      .about .face {
        width: 112px;
        height: 112px;
      }
      .beside {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .space {
        flex: 1;
      }
      p {
        margin: 0 0 8px;
      }
    `,
  ];
}

customElements.get("face-module-people-details") ||
  customElements.define("face-module-people-details", PeopleDetails);
