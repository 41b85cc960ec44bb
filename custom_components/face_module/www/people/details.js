/** The dialog about a person: name, picture, link, minimum score; the end of it is in ending.js. */

import { css, html, nothing } from "../shared/lit.js";
import "./access.js";
import { asItIs, personsOf, saveHere, saveOnModules, setAccess } from "./api.js";
import { PersonEnding } from "./ending.js";
import "./life.js";
import "./picture.js";
import { mayEnter, settings } from "./shown.js";
import { grid } from "./style.js";
import { face } from "./tile.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Person } from "./logic.js" */
/** @import { VisitOf } from "./api.js" */
/** @import { Chosen } from "./picture.js" */
/** @import { Wanted } from "./api.js" */

export class PeopleDetails extends PersonEnding {
  static properties = {
    ...PersonEnding.properties,
    person: { attribute: false },
    visit: { attribute: false },
    allow: { attribute: false },
    _replacing: { state: true },
    _allowing: { state: true },
    _picture: { state: true },
    _saved: { state: true },
    _visits: { state: true },
  };

  constructor() {
    super();
    /** @type {Person | undefined} */
    this.person = undefined;
    /** Whose picture they are to get, if it is not chosen. @type {VisitOf | null} */
    this.visit = null;
    // Whether only when they may enter is asked for.
    this.allow = false;
    this._replacing = false;
    this._allowing = false;
    /** @type {Chosen | null} */
    this._picture = null;
    this._saved = false;
    // Whether their visits are shown.
    this._visits = false;
  }

  willUpdate() {
    this._person ??= this.person;
    if (this.hasUpdated) return;
    this._replacing = !!this.visit;
    this._allowing = this.allow;
  }

  render() {
    const { name } = /** @type {Person} */ (this._person);
    if (this._allowing) return this.frame(`${name} · ${this.t("access")}`, this._allow());
    if (this._visits) return this.frame(name, this._book());
    return this._deleting
      ? this.frame(this._erased ? name : this.t("delete_title", { name }), this._delete())
      : this.frame(name, this._form());
  }

  _form() {
    const person = /** @type {Person} */ (this._person);
    const picture = this._picture;
    const blocked =
      this._busy || (this._replacing && (!!picture?.busy || !!picture?.obstacle));
    return html`<form novalidate @submit=${this._save}>
      ${this._replacing ? this._chooser() : this._face()}
      ${this._replacing ? nothing : this._life(person)}
      ${this.waiting(person.waiting ?? [], (change) => {
        const left = person.waiting?.filter((one) => one !== change);
        this._person = { ...person, waiting: left };
        this.changed();
      })}
      <label>
        <span>${this.t("name")}</span>
        <input name="name" autocomplete="off" maxlength="100" .defaultValue=${person.name} />
      </label>
      ${settings(this.t, person, personsOf(this.hass, person.person))}
      ${mayEnter(this.t, person, () => {
        [this._allowing, this._error, this._saved] = [true, "", false];
      })}
      ${this.problem()}
      ${this._failed.length ? this.results(this._failed) : nothing}
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
        <button type="button" @click=${() => (this._replacing = true)}>${this.t("replace")}</button>
        <button type="button" @click=${this._showVisits}>${this.t("visits")}</button>
      </div>
    </div>`;
  }

  /** @param {Person} person */
  _life(person) {
    return html`<face-module-person-life
        .hass=${this.hass}
        .person=${person}
        .modules=${this.modules}
      ></face-module-person-life>
      ${this.tellButton(person)}`;
  }

  _chooser() {
    const person = /** @type {Person} */ (this._person);
    return html`<face-module-people-picture
      .hass=${this.hass}
      .modules=${this.modules}
      .userId=${person.user_id}
      .visit=${this.visit}
      @picture-changed=${(/** @type {CustomEvent<Chosen>} */ event) => {
        this._picture = event.detail;
      }}
    ></face-module-people-picture>`;
  }

  _allow() {
    const { access } = /** @type {Person} */ (this._person);
    return html`<div class="body">
      <face-module-people-access .hass=${this.hass} .rule=${access}></face-module-people-access>
      ${this.problem()}
      <div class="buttons">
        <button @click=${this._keep}>${this.t("cancel")}</button>
        <button class="primary" ?disabled=${this._busy} @click=${this._allowed}>
          ${this.t(this._busy ? "busy" : "save")}
        </button>
      </div>
    </div>`;
  }

  async _allowed() {
    const person = /** @type {Person} */ (this._person);
    const { user_id, name } = person;
    /** @type {any} */
    const asked = this.renderRoot.querySelector("face-module-people-access");
    const done = await this.run(async (hass) => {
      const entry_id = this.module?.entryId ?? "";
      const access = await setAccess(hass, { ...asked.wish, user_id, name, entry_id });
      [this._person, this._saved] = [{ ...person, access }, true];
      this.changed();
    });
    if (done) this._keep();
  }

  _book() {
    return html`<face-module-visits
        .hass=${this.hass}
        .person=${this._person}
      ></face-module-visits>
      <div class="buttons">
        <button @click=${() => (this._visits = false)}>${this.t("back")}</button>
      </div>`;
  }

  /** The visit book is loaded when somebody wants to look into it. */
  _showVisits() {
    return this.run(async () => {
      await import("../visits/book.js");
      this._visits = true;
    });
  }

  _keep() {
    super._keep();
    if (this.allow) this.close();
    else this._allowing = false;
  }

  _ask() {
    super._ask();
    this._saved = false;
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
      device: data.has("device"),
    };
    [this._saved, this._failed] = [false, []];
    this._saved = (await this.run((hass) => this._write(hass, linked))) && !this._failed.length;
  }

  /** @param {Hass} hass @param {Wanted} wanted */
  async _write(hass, wanted) {
    const person = /** @type {Person} */ (this._person);
    const entryId = this.module?.entryId ?? "";
    const pictureId = this._replacing ? this._picture?.pictureId : null;
    this._failed = await saveOnModules(hass, person, wanted.name, {
      entryIds: this.modules.map((module) => module.entryId),
      pictureId: pictureId ?? null,
      allowed: !!this._picture?.allowed,
    });
    const here = this._failed.some((line) => line.entry_id === entryId);
    await saveHere(hass, person, here ? { ...wanted, name: person.name } : wanted, entryId);
    const { person: linked, minimum_score, device } = wanted;
    // What failed on a module is still to be done: the same again does it.
    const done = !this._failed.length;
    this._person = { ...person, person: linked, minimum_score, device };
    if (done) {
      const now = await asItIs(hass, person, entryId);
      this._person = {
        ...this._person,
        name: wanted.name,
        picture: now?.picture ?? person.picture,
        waiting: now?.waiting ?? [],
      };
      [this._replacing, this._picture, this.visit] = [false, null, null];
    }
    this.changed();
  }

  static styles = [
    ...PersonEnding.styles,
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
