/** The visit book: who came, found by person, door, result and day; attendance and scores. */

import { html, nothing } from "../shared/lit.js";
import { languageOf, ready } from "../shared/texts.js";
import { ask } from "../people/api.js";
import "./list.js";
import { keyOf, within } from "./logic.js";
import { Part, select, valueOf } from "./part.js";
import "./visit.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Known, Module, Query } from "./logic.js" */
/** @import { VisitList } from "./list.js" */

/** @typedef {"visits" | "attendance" | "scores"} View */

/** `person` and `entryId` are what is shown first. */
export class VisitBook extends Part {
  static properties = {
    ...Part.properties,
    person: { attribute: false },
    entryId: { attribute: false },
    _view: { state: true },
    _filter: { state: true },
    _modules: { state: true },
    _people: { state: true },
    _total: { state: true },
    _open: { state: true },
  };

  constructor() {
    super();
    this.person = /** @type {Known | undefined} */ (undefined);
    this.entryId = /** @type {string | undefined} */ (undefined);
    this._view = /** @type {View} */ ("visits");
    this._filter = { who: "", door: "", verdict: "", day: "" };
    /** @type {Query} */
    this._query = {};
    /** @type {Module[]} */
    this._modules = [];
    /** @type {Known[]} */
    this._people = [];
    this._total = /** @type {number | null} */ (null);
    // The visit that is looked at.
    this._open = /** @type {number | null} */ (null);
  }

  /** @param {Map<string, any>} changed */
  shouldUpdate(changed) {
    const { hass } = this;
    const again = () => this.requestUpdate();
    if (!hass || !ready(hass, "live", again) || !ready(hass, "visits", again)) return false;
    // Other states of the house change nothing here.
    const before = /** @type {Hass | undefined} */ (changed.get("hass"));
    return (
      changed.size !== 1 ||
      !before ||
      this._view === "scores" ||
      before.locale !== hass.locale ||
      before.language !== hass.language
    );
  }

  willUpdate() {
    if (this.hasUpdated) return;
    const { person, entryId } = this;
    this._set({ who: person ? keyOf(person) : "", door: entryId ?? "" });
    this.run(() => this._load());
  }

  async _load() {
    const [modules, { people }] = await Promise.all([
      ask(this.hass, "modules", {}),
      ask(this.hass, "visits/people", {}),
    ]);
    [this._modules, this._people] = [modules, people];
  }

  /** @param {Partial<VisitBook["_filter"]>} change */
  _set(change) {
    this._filter = { ...this._filter, ...change };
    const { who, door, verdict, day } = this._filter;
    const [user_id, name] = who ? JSON.parse(who) : [];
    this._query = {
      ...(door ? { entry_ids: [door] } : {}),
      ...(who ? { user_id, name } : {}),
      ...(verdict ? { result: [verdict] } : {}),
      ...(day ? within(day) : {}),
    };
    this._open = null;
  }

  get _list() {
    return /** @type {VisitList | null} */ (
      this.renderRoot.querySelector("face-module-visits-list")
    );
  }

  render() {
    const { t, said, _view: shown, _filter: filter } = this;
    const doors = this._modules.map(({ entry_id, title }) => [entry_id, title]);
    const views = /** @type {View[]} */ (["visits", "attendance", "scores"]);
    const again = async () => {
      if (await this.run(() => this._load())) await this._list?.refresh();
    };
    const retry = html`<button @click=${again}>${t("retry")}</button>`;
    const verdicts = ["recognized", "rejected", "unknown"].map((one) => [one, said(one)]);
    return html`<nav class="bar" aria-label=${t("views")}>
        ${views
          .filter((view) => this.admin || view !== "scores")
          .map(
            (view) => html`<button
              aria-current=${view === shown ? "page" : "false"}
              @click=${() => this._show(view)}
            >
              ${t(view)}
            </button>`,
          )}
      </nav>
      <div class="filters" role="group" aria-label=${t("filters")}>
        ${shown === "scores" ? nothing : this._who()}
        ${doors.length > 1
          ? select(
              t("door"),
              // Scores are of one module.
              shown === "scores" ? "" : t("all_doors"),
              filter.door,
              (door) => this._set({ door }),
              doors,
            )
          : nothing}
        ${shown === "visits"
          ? [
              select(
                t("result"),
                t("all_results"),
                filter.verdict,
                (verdict) => this._set({ verdict }),
                verdicts,
              ),
              html`<label>
                <span>${t("day")}</span>
                <input
                  type="date"
                  .value=${filter.day}
                  @change=${(/** @type {Event} */ event) => this._set({ day: valueOf(event) })}
                />
              </label>`,
            ]
          : nothing}
      </div>
      ${this.problem(retry)} ${this._content(new Map(/** @type {any} */ (doors)))}`;
  }

  /** @param {Map<string, string>} doors */
  _content(doors) {
    const { t, hass, _query: query, _modules: modules, _total: total } = this;
    if (this._view === "attendance") {
      return html`<face-module-visits-attendance
        .hass=${hass} .query=${query} .doors=${doors}
      ></face-module-visits-attendance>`;
    }
    if (this._view === "scores") {
      const module =
        modules.find(({ entry_id }) => entry_id === this._filter.door) ?? modules[0];
      return module
        ? html`<face-module-visits-calibration
            .hass=${hass} .module=${module}
          ></face-module-visits-calibration>`
        : nothing;
    }
    const count = new Intl.NumberFormat(languageOf(hass)).format(total ?? 0);
    return html`<p class="count quiet" role="status">
        ${total === null ? nothing : t(total === 1 ? "count_one" : "count", { count })}
      </p>
      <face-module-visits-list
        .hass=${hass} .query=${query} .doors=${doors}
        @visit-chosen=${(/** @type {CustomEvent<number>} */ { detail }) => (this._open = detail)}
        @moved=${(/** @type {CustomEvent<number>} */ { detail }) => {
          if (this._open !== null) this._open = Math.max(0, this._open + detail);
        }}
        @counted=${this._counted}
        @failed=${(/** @type {CustomEvent} */ { detail }) =>
          detail && this.run(() => Promise.reject(detail))}
      ></face-module-visits-list>
      ${total === 0 ? html`<p class="empty quiet">${t("none")}</p>` : nothing}
      ${this._open === null ? nothing : this._dialog(this._open)}`;
  }

  /** @param {number} index */
  _dialog(index) {
    return html`<face-module-visit
      .hass=${this.hass} .visit=${this._list?.at(index)} .people=${this._people}
      .modules=${this._modules} .index=${index} .total=${this._total ?? 0}
      @closed=${() => (this._open = null)}
      @step=${(/** @type {CustomEvent<number>} */ { detail }) => {
        this._list?.reveal(index + detail);
        this._open = index + detail;
      }}
      @all-of=${(/** @type {CustomEvent<Known>} */ { detail }) =>
        this._set({ who: keyOf(detail) })}
      @visit-changed=${() => this._list?.refresh()}
    ></face-module-visit>`;
  }

  /** Two people of one name are told apart by their ids. */
  _who() {
    const { t, said, person, _people: known } = this;
    const { who } = this._filter;
    const all = new Map(known.map((one) => [keyOf(one), one]));
    // Somebody may not have come yet.
    if (person) all.set(keyOf(person), person);
    const names = [...all.values()].map(({ name }) => name);
    const label = (/** @type {Known} */ { user_id, name }) => {
      if (!user_id) return said("stranger");
      return name && names.indexOf(name) === names.lastIndexOf(name)
        ? name
        : `${name} (${user_id})`.trim();
    };
    const people = [...all]
      .map(([key, one]) => [key, label(one)])
      .sort(([, one], [, two]) => one.localeCompare(two, languageOf(this.hass)));
    return select(t("person"), t("everybody"), who, (one) => this._set({ who: one }), people);
  }

  /** @param {View} view */
  _show(view) {
    return this.run(async () => {
      if (view === "attendance") await import("./attendance.js");
      if (view === "scores") await import("./calibration.js");
      [this._view, this._open] = [view, null];
    });
  }

  /** @param {CustomEvent<number>} event */
  _counted({ detail }) {
    this._total = detail;
    if (this._open !== null && this._open >= detail) this._open = detail ? detail - 1 : null;
    // The page of the visit that is looked at may be new.
    this.requestUpdate();
  }
}

customElements.get("face-module-visits") ||
  customElements.define("face-module-visits", VisitBook);
