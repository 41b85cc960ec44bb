/** The dialog about a visit of the book: what is known of it, and what the user says of it. */

import { html, nothing } from "../shared/lit.js";
import { fire, open } from "../shared/common.js";
import { Enroller } from "../live/enroll.js";
import { details, face, nameOf } from "../live/view.js";
import { ask, searchPeople } from "../people/api.js";
import { Part, valueOf } from "./part.js";

/** @import { Visit } from "../shared/visits.js" */
/** @import { Known, Module } from "./logic.js" */

/** So many are offered; a name that is typed finds the others. */
const OFFERED = 8;
const TYPED = 250;

/**
 * Fires `closed`, `step` with -1 for the newer and 1 for the older visit, `all-of` with
 * somebody, and `visit-changed`.
 */
export class VisitDialog extends Part {
  static properties = {
    ...Part.properties,
    visit: { attribute: false },
    people: { attribute: false },
    modules: { attribute: false },
    index: { attribute: false },
    total: { attribute: false },
    _asks: { state: true },
    _found: { state: true },
    _typed: { state: true },
    _broken: { state: true },
    _telling: { state: true },
  };

  constructor() {
    super();
    /** @type {unknown} */
    this._telling = nothing;
    /** Null: it is gone; undefined: it is on its way. @type {Visit | null | undefined} */
    this.visit = undefined;
    /** Of whom there are visits. @type {Known[]} */
    this.people = [];
    /** @type {Module[]} */
    this.modules = [];
    /** The one that was shown last. @type {string | undefined} */
    this._shown = undefined;
    this.index = 0;
    this.total = 0;
    /** @type {"" | "delete" | "who"} */
    this._asks = "";
    this._typed = "";
    /** @type {Known[]} */
    this._found = [];
    /** @type {string[]} */
    this._broken = [];
    this._timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    this._enroller = new Enroller(() => this.requestUpdate());
    this.close = () => this.renderRoot.querySelector("dialog")?.close();
  }

  firstUpdated() {
    open(/** @type {HTMLDialogElement} */ (this.renderRoot.querySelector("dialog")));
  }

  /** A page that is laid out anew takes the book away for a moment: it stays open. */
  connectedCallback() {
    super.connectedCallback();
    if (!this.hasUpdated) return;
    this.renderRoot.querySelector("dialog")?.removeAttribute("open");
    this.firstUpdated();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this._timer);
  }

  willUpdate() {
    const id = this.visit?.visit_id;
    // While it is read anew it is not there for a moment; what was begun goes on.
    if (id && id !== this._shown) this._rest();
    this._shown = id ?? this._shown;
  }

  _rest() {
    [this._asks, this._typed, this._found, this._error] = ["", "", [], ""];
  }

  /** Everything about whoever it was. @param {Visit} visit */
  _about(visit) {
    return this.run(() => this._enroller.open(visit, this.hass, true));
  }

  /** @param {Visit} visit */
  async _tell({ user_id, name }) {
    await import("../page/tell.js");
    this._telling = html`<face-module-tell
      .hass=${this.hass}
      .person=${{ user_id, name: name || user_id }}
      @closed=${(/** @type {Event} */ event) => {
        // It is of that dialog.
        event.stopPropagation();
        this._telling = nothing;
      }}
    ></face-module-tell>`;
  }

  render() {
    const { t, said, hass, visit, index, total } = this;
    const broken = (/** @type {Event} */ event) => {
      const { url } = /** @type {HTMLImageElement} */ (event.target).dataset;
      this._broken = [...this._broken, url ?? ""];
    };
    const step = (/** @type {number} */ by, /** @type {string} */ key, /** @type {boolean} */ there) =>
      html`<button ?disabled=${!there} @click=${() => fire(this, "step", by)}>
        ${t(key)}
      </button>`;
    return html`<dialog aria-labelledby="heading" @close=${() => fire(this, "closed")}>
        ${visit
          ? [
              details(
                hass,
                said,
                visit,
                face(said, visit, this._broken, broken),
                {
                  close: this.close,
                  enroll: () => this.run(() => this._enroller.open(visit, hass)),
                  tell: () => this.run(() => this._tell(visit)),
                },
                this.modules.find((one) => one.entry_id === visit.entry_id)?.title,
              ),
              this._marked(visit),
              this.problem(),
              this._deeds(visit),
            ]
          : html`<header>
              <h2 id="heading">${visit === null ? t("gone") : said("loading")}</h2>
              <button @click=${this.close}>${said("close")}</button>
            </header>`}
        <nav class="buttons" aria-label=${t("others")}>
          ${step(-1, "newer", index > 0)}
          <span class="quiet" dir="ltr">${index + 1} / ${total}</span>
          ${step(1, "older", index + 1 < total)}
        </nav>
      </dialog>
      ${this._telling} ${this._enroller.dialog(hass)}`;
  }

  /** What was said of it before. @param {Visit} visit */
  _marked(visit) {
    const { wrong, wrong_name } = visit;
    if (wrong === null) return nothing;
    const came = this.people.find((one) => one.user_id === wrong);
    const name = wrong ? wrong_name || came?.name || wrong : nameOf(this.said, visit);
    return html`<p class="note">${this.t(wrong ? "marked_was" : "marked_not", { name })}</p>`;
  }

  /** @param {Visit} visit */
  _deeds(visit) {
    const { t } = this;
    const { user_id, wrong } = visit;
    const name = nameOf(this.said, visit);
    if (this._asks === "who") return this._picker(visit);
    if (this._asks === "delete") {
      const { entry_id, visit_id } = visit;
      return html`<p>${t("delete_sure")}</p>
        <div class="buttons">
          <button autofocus @click=${this._rest}>${t("cancel")}</button>
          ${this._button("delete", "danger", () =>
            this._change("delete", { entry_id, visit_ids: [visit_id] }),
          )}
        </div>`;
    }
    const all = () => fire(this, "all-of", { user_id, name: visit.name });
    const mark = (/** @type {string | null} */ who) => () => this._mark(visit, who);
    return html`<div class="buttons">
      ${this._button("all_of", "", all, name)}
      ${this.admin
        ? [
            wrong !== null
              ? this._button("as_told", "", mark(null))
              : user_id && this._button("not_them", "", mark(""), name),
            this._button("was", "", () => this._ask("who")),
            user_id && this._button("about", "", () => this._about(visit), name),
            this._button("delete", "danger", () => this._ask("delete")),
          ]
        : nothing}
    </div>`;
  }

  /** @param {string} key @param {string} look @param {() => unknown} deed @param {string} [name] */
  _button(key, look, deed, name = "") {
    return html`<button class=${look} ?disabled=${this._busy} @click=${deed}>
      ${this.t(key, { name })}
    </button>`;
  }

  /** Who it was: of those who came, and of those whom modules know. @param {Visit} visit */
  _picker(visit) {
    const { t } = this;
    const typed = this._typed.toLocaleLowerCase();
    const came = this.people.filter(
      ({ user_id, name }) => user_id && `${name}\n${user_id}`.toLocaleLowerCase().includes(typed),
    );
    const people = new Map([...came, ...this._found].map((one) => [one.user_id, one]));
    people.delete(visit.user_id);
    return html`<div class="picker">
      <label>
        <span>${t("who")}</span>
        <input
          type="search"
          autocomplete="off"
          maxlength="100"
          .value=${this._typed}
          @input=${(/** @type {Event} */ event) => this._type(valueOf(event).trim())}
        />
      </label>
      <ul class="buttons">
        ${[...people.values()].slice(0, OFFERED).map(
          ({ user_id, name }) => html`<li>
            <button ?disabled=${this._busy} @click=${() => this._mark(visit, user_id)}>
              ${name || user_id}
            </button>
          </li>`,
        )}
      </ul>
      <p role="status" class="quiet">${people.size ? nothing : t("nobody_found")}</p>
      <div class="buttons"><button @click=${this._rest}>${t("cancel")}</button></div>
    </div>`;
  }

  /** @param {string} typed */
  _type(typed) {
    this._typed = typed;
    clearTimeout(this._timer);
    this._timer = setTimeout(async () => {
      // A module that is away knows nobody; who came is found all the same.
      const asked = (typed ? this.modules : []).map(({ entry_id }) =>
        searchPeople(this.hass, entry_id, typed).catch(() => ({ people: [] })),
      );
      const found = await Promise.all(asked);
      if (typed === this._typed) this._found = found.flatMap(({ people }) => people);
    }, TYPED);
  }

  /** @param {"delete" | "who"} what */
  async _ask(what) {
    this._asks = what;
    await this.updateComplete;
    /** @type {HTMLElement | null} */
    const first = this.renderRoot.querySelector("input[type=search], [autofocus]");
    first?.focus();
  }

  /** @param {Visit} visit @param {string | null} wrong */
  _mark({ visit_id }, wrong) {
    return this._change("mark", { visit_id, wrong });
  }

  /** @param {string} command @param {object} fields */
  async _change(command, fields) {
    if (await this.run(() => ask(this.hass, `visits/${command}`, fields))) {
      this._rest();
      fire(this, "visit-changed");
    }
  }
}

customElements.get("face-module-visit") ||
  customElements.define("face-module-visit", VisitDialog);
