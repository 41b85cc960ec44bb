/** A picture to enroll somebody with: how the module gets it, and what it says. */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { fire, percent, shared } from "../shared/common.js";
import { listed, text } from "../shared/texts.js";
import { check, preview, take, upload, wordsOf } from "./api.js";
import { grouped, obstacle } from "./logic.js";
import { flaws } from "./shrink.js";
import "./source.js";
import { forms, pictured } from "./style.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Pictured, Taken } from "./api.js" */
/** @import { Module, Verdict } from "./logic.js" */
/** @import { Source } from "./source.js" */

/** ms. */
const MOMENT = 1_000;
const CLASSES = { good: "good", poor_picture: "doubt", looks_like: "doubt" };

/**
 * @typedef {{
 *   pictureId: string | null, obstacle: string | null, allowed: boolean, busy: boolean,
 *   file: string
 * }} Chosen
 */

/** Whether these are other modules. @param {Module[]} now @param {Module[]} [before] */
const others = (now, before) => JSON.stringify(now) !== JSON.stringify(before);

/**
 * Fires `picture-changed` with a `Chosen` whenever something about it is different, and
 * `is-known` with the verdict when the user says that it is who is known already.
 */
export class PeoplePicture extends LitElement {
  static properties = {
    hass: { attribute: false },
    modules: { attribute: false, hasChanged: others },
    asked: { attribute: false },
    userId: { attribute: false },
    visit: { attribute: false },
    known: { type: Boolean },
    _url: { state: true },
    _verdicts: { state: true },
    _busy: { state: true },
    _error: { state: true },
    _allowed: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** The modules whose verdict counts. @type {Module[]} */
    this.modules = [];
    /** The modules that are asked; one of them may count later. @type {Module[] | null} */
    this.asked = null;
    /** Whose picture is replaced. @type {string | null} */
    this.userId = null;
    /** Whose picture is taken at once. @type {Pictured | null} */
    this.visit = null;
    /** Whether whoever it looks like may get it. */
    this.known = false;
    /** What is wrong with it, as keys of the words. @type {string[]} */
    this._flaws = [];
    /** @type {string | null} */
    this._url = null;
    /** @type {Verdict[] | null} */
    this._verdicts = null;
    this._busy = false;
    this._error = "";
    this._allowed = false;
    /** @type {string | null} */
    this._pictureId = null;
    this._file = "";
    // What comes of an older picture is not shown.
    this._turn = 0;
  }

  firstUpdated() {
    const { hass, visit } = this;
    if (hass && visit) void this._get(() => take(hass, visit));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    // A page that is laid out anew takes the card away for a moment.
    setTimeout(() => {
      if (this.isConnected) return;
      this._turn += 1;
      this._forget();
    }, MOMENT);
  }

  focus() {
    /** @type {HTMLElement | null} */ (
      this.renderRoot.querySelector("face-module-people-source")
    )?.focus();
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("modules") && this._verdicts) this._tell();
  }

  render() {
    const t = text(this.hass, "people");
    return html`
      ${this._url ? this._chosen() : this._sources()}
      <div aria-live="polite">
        ${this._busy ? html`<p class="quiet">${t("checking")}</p>` : nothing}
        ${this._error ? html`<p class="note bad" role="alert">${this._error}</p>` : nothing}
        ${this._said()}
      </div>
    `;
  }

  _sources() {
    return html`<face-module-people-source
      .hass=${this.hass}
      @source-chosen=${this._use}
    ></face-module-people-source>`;
  }

  _chosen() {
    const t = text(this.hass, "people");
    const like = this._like;
    return html`
      <div class="pair">
        <img class="shown" src=${this._url} alt=${t("prepared")} />
        ${like?.picture
          ? html`<img class="shown" src=${like.picture} alt=${like.name ?? ""} />`
          : nothing}
      </div>
      <button type="button" class="other" @click=${this._again}>${t("other_picture")}</button>
    `;
  }

  _said() {
    if (!this._verdicts) return nothing;
    const t = text(this.hass, "people");
    const relevant = this._relevant();
    const like = this._like;
    // A good picture may be of somebody in a dark coat.
    const poor = relevant.some(({ verdict }) => verdict === "poor_picture");
    const flawed = poor || relevant.some(({ verdict }) => verdict === "no_face");
    return html`
      <ul class="lines verdict">
        ${grouped(relevant, this.modules).map(({ verdict, modules }) => {
          const values = { name: verdict.name ?? "", score: percent(verdict.score ?? 0) };
          const words =
            verdict.verdict === "error" ? verdict.message : t(verdict.verdict, values);
          const module = listed(modules);
          return html`<li class=${CLASSES[/** @type {"good"} */ (verdict.verdict)] ?? "bad-line"}
            >${module ? t("on_module", { module, text: words }) : words}</li>`;
        })}
        ${this._flaws
          // A sky is not blurred.
          .filter((key) => poor || (flawed && key !== "too_blurred"))
          .map((key) => html`<li class="doubt">${t(key)}</li>`)}
      </ul>
      ${like?.user_id && this.known && !this._busy
        ? html`<button type="button" class="other" @click=${() => fire(this, "is-known", like)}>
            ${t("their_picture", { name: like.name ?? "" })}
          </button>`
        : nothing}
      ${like
        ? html`<label class="check">
            <input type="checkbox" .checked=${this._allowed} @change=${this._allow} />
            <span>${t(this.userId ? "allow_replace" : "allow")}</span>
          </label>`
        : nothing}
    `;
  }

  /** Whom it looks like. */
  get _like() {
    return this._relevant().find(({ verdict }) => verdict === "looks_like");
  }

  _relevant() {
    const ids = this.modules.map((module) => module.entryId);
    return (this._verdicts ?? []).filter((one) => ids.includes(one.entry_id));
  }

  /** @param {CustomEvent<Source>} event */
  _use(event) {
    const { blob, entityId, file } = event.detail;
    const hass = /** @type {Hass} */ (this.hass);
    const taken = () => (blob ? upload(hass, blob) : take(hass, { entity_id: entityId ?? "" }));
    void this._get(taken, file);
  }

  /** @param {() => Promise<Taken>} taken @param {string} [file] */
  async _get(taken, file = "") {
    const hass = /** @type {Hass} */ (this.hass);
    this._turn += 1;
    const turn = this._turn;
    this._error = "";
    this._busy = true;
    this._tell();
    try {
      const { picture_id } = await taken();
      const url = await preview(hass, picture_id);
      if (turn !== this._turn) {
        URL.revokeObjectURL(url);
        return;
      }
      [this._url, this._pictureId, this._file] = [url, picture_id, file];
      this._flaws = await flaws(url).catch(() => []);
      const ids = (this.asked ?? this.modules).map((module) => module.entryId);
      const { results } = await check(hass, picture_id, ids, this.userId);
      if (turn === this._turn) this._verdicts = results;
    } catch (err) {
      const words = await wordsOf(hass, err);
      if (turn === this._turn) this._error = words;
    }
    if (turn !== this._turn) return;
    this._busy = false;
    this._tell();
  }

  async _again() {
    this._turn += 1;
    this._forget();
    this._tell();
    await this.updateComplete;
    this.focus();
  }

  _forget() {
    if (this._url) URL.revokeObjectURL(this._url);
    [this._url, this._pictureId, this._verdicts] = [null, null, null];
    [this._allowed, this._busy, this._error, this._file] = [false, false, "", ""];
  }

  /** @param {Event} event */
  _allow(event) {
    this._allowed = /** @type {HTMLInputElement} */ (event.target).checked;
    this._tell();
  }

  _tell() {
    /** @type {Chosen} */
    const chosen = {
      pictureId: this._pictureId,
      obstacle: obstacle(this._relevant(), this._allowed),
      allowed: this._allowed,
      busy: this._busy,
      file: this._file,
    };
    fire(this, "picture-changed", chosen);
  }

  static styles = [
    shared,
    forms,
    pictured,
    css`
      .shown {
        min-width: 0;
      }
      .pair {
        display: flex;
        gap: 8px;
      }
      .other {
        justify-self: center;
      }
    `,
  ];
}

customElements.get("face-module-people-picture") ||
  customElements.define("face-module-people-picture", PeoplePicture);
