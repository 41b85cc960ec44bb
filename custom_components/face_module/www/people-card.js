/** The card of the people that a module knows; for administrators. */

import { LitElement, html, nothing } from "./lit.js";
import { shared, text } from "./common.js";
import { modulesOf } from "./people-api.js";
import { Jobs, Search } from "./people-ears.js";
import "./people-grid.js";
import { ROWS } from "./people-logic.js";
import { forms, grid } from "./people-style.js";
import { TEXTS } from "./people-texts.js";
import { actions, bar, configForm, counted, dialog, empty, jobLine } from "./people-view.js";

/** @import { Hass } from "./common.js" */
/** @import { Module, Person } from "./people-logic.js" */
/** @import { Job } from "./people-api.js" */
/** @import { PeopleGrid } from "./people-grid.js" */
/** @import { Dialog } from "./people-view.js" */

/** @typedef {{type: string, entity?: string, device_id?: string, title?: string}} Config */

export class PeopleCard extends LitElement {
  static properties = {
    hass: { attribute: false },
    _config: { state: true },
    _entryId: { state: true },
    _query: { state: true },
    _found: { state: true },
    _total: { state: true },
    _error: { state: true },
    _open: { state: true },
    _person: { state: true },
    _job: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** @type {Config | undefined} */
    this._config = undefined;
    /** The module that was chosen on the card. @type {string | null} */
    this._entryId = null;
    this._query = "";
    /** @type {Person[] | null} */
    this._found = null;
    /** @type {number | null} */
    this._total = null;
    this._error = "";
    /** @type {Dialog} */
    this._open = "";
    /** @type {Person | undefined} */
    this._person = undefined;
    /** @type {Job | null} */
    this._job = null;
    this._jobs = new Jobs((job) => {
      this._job = job;
      if (job?.finished) this._refresh();
    });
    this._search = new Search((found, error) => {
      if (found !== undefined) this._found = found;
      this._error = error;
    });
    /** @type {Module[]} */
    this._modules = [];
    /** @type {Module | undefined} */
    this._module = undefined;
  }

  static getConfigForm() {
    return configForm();
  }

  static getStubConfig() {
    return {};
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6 };
  }

  getCardSize() {
    return 2 + ROWS * 3;
  }

  /** @param {Config} config */
  setConfig(config) {
    if (!config) throw new Error("No configuration");
    this._config = config;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._search.stop();
    this._jobs.stop();
  }

  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate();
  }

  /** @param {Map<string, unknown>} changed */
  shouldUpdate(changed) {
    if (changed.size !== 1 || !changed.has("hass")) return true;
    const before = /** @type {Hass | undefined} */ (changed.get("hass"));
    const { hass } = this;
    const count = this._module?.count;
    return (
      !!this._open ||
      !before ||
      !hass ||
      before.entities !== hass.entities ||
      before.devices !== hass.devices ||
      before.locale !== hass.locale ||
      before.language !== hass.language ||
      before.user !== hass.user ||
      (!!count && before.states[count] !== hass.states[count])
    );
  }

  willUpdate() {
    const { hass } = this;
    if (!hass) return;
    const modules = modulesOf(hass);
    if (JSON.stringify(modules) !== JSON.stringify(this._modules)) this._modules = modules;
    const before = this._module;
    this._module = this._chosen();
    if (before && before.entryId !== this._module?.entryId) {
      this._search.stop();
      [this._total, this._found, this._query, this._error] = [null, null, "", ""];
    }
    if (hass.user?.is_admin && this.isConnected) this._jobs.start(hass);
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    const before = /** @type {Hass | undefined} */ (changed.get("hass"));
    const count = this._module?.count;
    if (!before || !count || !this.hass) return;
    const [was, is] = [before.states[count]?.state, this.hass.states[count]?.state];
    // Somebody was enrolled elsewhere; or the module is back.
    if (was !== is && !Number.isNaN(Number(is)) && Number(is) !== this._total) this._refresh();
  }

  _chosen() {
    const config = this._config;
    const device = config?.device_id ?? this.hass?.entities[config?.entity ?? ""]?.device_id;
    const modules = this._modules;
    return (
      modules.find(({ entryId }) => entryId === this._entryId) ??
      modules.find(({ deviceId }) => deviceId === device) ??
      modules[0]
    );
  }

  get _grid() {
    return /** @type {PeopleGrid | null} */ (
      this.renderRoot.querySelector("face-module-people-grid")
    );
  }

  _refresh() {
    this._grid?.refresh();
    if (this._query) this._search.now(this.hass, this._module, this._query);
  }

  render() {
    const { hass } = this;
    if (!hass || !this._config) return nothing;
    const t = text(hass, TEXTS);
    const heading = html`<h2 id="heading">${this._config.title || t("title")}</h2>`;
    if (!hass.user?.is_admin || !this._module) {
      return html`<section class="card" aria-labelledby="heading">
        <div class="head">${heading}</div>
        <p class="quiet">${t(this._module ? "admins_only" : "no_module")}</p>
      </section>`;
    }
    return html`<section class="card" aria-labelledby="heading">
      <div class="head">${heading} ${actions(t, (dialog) => this._show(dialog))}</div>
      ${this._bar(t)} ${jobLine(t, this._job, this._cancel)} ${this._trouble()}
      <p class="count quiet" role="status">${counted(t, hass.language, this._found, this._total ?? this._expected())}</p>
      <face-module-people-grid
        .hass=${hass}
        .module=${this._module}
        .found=${this._found}
        .expected=${this._expected()}
        @person-chosen=${this._choose}
        @counted=${this._count}
        @failed=${this._fail}
      ></face-module-people-grid>
      ${empty(t, this._found, this._total)} ${this._dialog()}
    </section>`;
  }

  /** @param {import("./common.js").Text} t */
  _bar(t) {
    return bar(t, {
      modules: this._modules,
      module: this._module,
      query: this._query,
      switched: this._switch,
      typed: this._typed,
    });
  }

  _dialog() {
    return dialog({
      open: this._open,
      hass: this.hass,
      module: this._module,
      modules: this._modules,
      person: this._person,
      job: this._job,
      closed: this._closed,
      changed: this._refresh,
    });
  }

  _trouble() {
    if (!this._error) return nothing;
    return html`<div class="note bad" role="alert">
      ${this._error}
      <button @click=${this._refresh}>${text(this.hass, TEXTS)("retry")}</button>
    </div>`;
  }

  _expected() {
    const state = this.hass?.states[this._module?.count ?? ""]?.state;
    return state && /^\d+/.test(state) ? Number(state) : null;
  }

  /** @param {Dialog} dialog */
  _show(dialog) {
    this._open = dialog;
  }

  _closed() {
    this._open = "";
  }

  /** @param {CustomEvent<Person>} event */
  _choose(event) {
    this._person = event.detail;
    this._show("details");
  }

  /** @param {CustomEvent<number>} event */
  _count(event) {
    this._total = event.detail;
  }

  /** @param {CustomEvent<string>} event */
  _fail(event) {
    this._error = event.detail;
  }

  /** @param {Event} event */
  _switch(event) {
    this._entryId = /** @type {HTMLSelectElement} */ (event.target).value;
  }

  /** @param {Event} event */
  _typed(event) {
    this._query = /** @type {HTMLInputElement} */ (event.target).value;
    this._search.soon(this.hass, this._module, this._query);
  }

  _cancel() {
    if (this.hass) this._jobs.cancel(this.hass);
  }

  static styles = [shared, forms, grid];
}

customElements.get("face-module-people-card") ||
  customElements.define("face-module-people-card", PeopleCard);
