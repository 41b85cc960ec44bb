/** The card of the people that a module knows; for administrators. */

import { LitElement, html, nothing } from "../shared/lit.js";
import { relativeTime, shared } from "../shared/common.js";
import { load, ready, text } from "../shared/texts.js";
import { cancelJob, dismissJob, giveUp, modulesOf, waiting, wordsOf } from "./api.js";
import { Jobs, Search } from "./ears.js";
import "./grid.js";
import { hears } from "./sending.js";
import { pending } from "./shown.js";
import { forms, grid } from "./style.js";
import { actions, bar, configForm, counted, dialog, empty, jobLines } from "./view.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Module, Person } from "./logic.js" */
/** @import { Job } from "./api.js" */
/** @import { PeopleGrid } from "./grid.js" */
/** @import { Dialog } from "./view.js" */

/** @typedef {{type: string, entity?: string, device_id?: string, title?: string}} Config */

/** So often it is looked whether somebody may enter now who might not, or the other way; ms. */
const LOOK = 15_000;

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
    _jobs: { state: true },
    _deleted: { state: true },
    _waiting: { state: true },
  };

  constructor() {
    super();
    void load("people");
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
    /** @type {Job[]} */
    this._jobs = [];
    /** @type {import("./undo.js").Deleted | null} */
    this._deleted = null;
    /** Deletions that wait for modules that are away. @type {import("./logic.js").Waiting[]} */
    this._waiting = [];
    /** What was read anew last. @type {Promise<unknown> | undefined} */
    this._last = undefined;
    // Whether the keys go on once the dialog is closed.
    this._goes = false;
    // The one whose report is open.
    this._jobId = "";
    this._ears = new Jobs((jobs, finished) => {
      this._jobs = jobs;
      if (finished) this._refresh();
    });
    this._search = new Search((found, error) => {
      if (found !== undefined) this._found = found;
      this._error = error;
    });
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._clock = undefined;
    this._hear = () => this.requestUpdate();
    /** @type {Module[]} */
    this._modules = [];
    /** @type {Module | undefined} */
    this._module = undefined;
  }

  static getConfigForm() {
    return configForm();
  }

  /** @param {Config} config */
  setConfig(config) {
    if (!config) throw new Error("No configuration");
    this._config = config;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._search.stop();
    this._ears.stop();
    clearInterval(this._clock);
    hears.delete(this._hear);
  }

  connectedCallback() {
    super.connectedCallback();
    hears.add(this._hear);
    this.requestUpdate();
    this._clock = setInterval(() => this.hass && this._grid?.look(this.hass), LOOK);
  }

  /** @param {Map<string, unknown>} changed */
  shouldUpdate(changed) {
    if (this.hass && !ready(this.hass, "people", () => this.requestUpdate())) return false;
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
    if (!before && this._module && hass.user?.is_admin) void this._look();
    if (before && before.entryId !== this._module?.entryId) {
      this._search.stop();
      [this._total, this._found, this._query, this._error] = [null, null, "", ""];
    }
    if (hass.user?.is_admin && this.isConnected) this._ears.start(hass);
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
    // As in the live card.
    const device = this.hass?.entities[config?.entity ?? ""]?.device_id ?? config?.device_id;
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
    const search = this._query && this._search.now(this.hass, this._module, this._query);
    return (this._last = Promise.all([this._grid?.refresh(), search, this._look()]));
  }

  async _look() {
    const found = await waiting(/** @type {Hass} */ (this.hass)).catch(() => null);
    if (found) this._waiting = found.changes.filter(({ change }) => change === "forget");
  }

  /** @param {import("./logic.js").Waiting} change */
  async _keep(change) {
    const hass = /** @type {Hass} */ (this.hass);
    // Somebody else was faster, or it is done: then it is not here any more.
    await giveUp(hass, change).catch(() => {});
    await this._refresh();
  }

  /** Somebody is gone, or back: the keys go on beside. */
  async _goOn() {
    void this._refresh();
    // Whoever is counted elsewhere has it read once more meanwhile.
    for (let last; last !== this._last; ) {
      last = this._last;
      await last;
    }
    await this.updateComplete;
    const { _grid: grid } = this;
    // The dialog may close later than all is read.
    if ((this._goes = !!this._open)) return;
    // Whoever went elsewhere meanwhile stays there.
    const lost = document.activeElement === document.body;
    if (!lost && this.shadowRoot?.activeElement !== grid) return;
    if (grid?.total) grid.goOn();
    else /** @type {HTMLElement | null} */ (this.renderRoot.querySelector(".primary"))?.focus();
  }

  /** @param {CustomEvent} event */
  _gone({ detail }) {
    this._deleted = detail;
    void this._goOn();
  }

  render() {
    const { hass } = this;
    if (!hass || !this._config) return nothing;
    const t = text(hass, "people");
    const heading = html`<h2 id="heading">${this._config.title || t("title")}</h2>`;
    if (!hass.user?.is_admin || !this._module) {
      return html`<section class="card" aria-labelledby="heading">
        <div class="head">${heading}</div>
        <p class="quiet">${t(this._module ? "admins_only" : "no_module")}</p>
      </section>`;
    }
    return html`<section class="card" aria-labelledby="heading">
      <div class="head">${heading} ${actions(t, (dialog) => this._show(dialog))}</div>
      ${this._bar(t)} ${this._jobLines(t)} ${this._away()} ${this._trouble()}
      ${pending(t, this._waiting, false, (change) => this._keep(change))}
      <p class="count quiet" role="status">${counted(t, hass.language, this._found, this._total ?? this._expected())}</p>
      <face-module-people-undo
        .hass=${hass}
        .modules=${this._modules}
        .deleted=${this._deleted}
        @people-changed=${this._goOn}
      ></face-module-people-undo>
      <face-module-people-grid
        .hass=${hass}
        .module=${this._module}
        .found=${this._found}
        .expected=${this._expected()}
        @person-chosen=${this._choose}
        @counted=${this._count}
        @failed=${this._fail}
        @stale=${this._refresh}
      ></face-module-people-grid>
      ${empty(t, this._found, this._total)} ${this._dialog()}
    </section>`;
  }

  /** @param {import("../shared/common.js").Text} t */
  _bar(t) {
    return bar(t, {
      modules: this._modules,
      module: this._module,
      query: this._query,
      switched: this._switch,
      typed: this._typed,
    });
  }

  /** @param {import("../shared/common.js").Text} t */
  _jobLines(t) {
    const hass = /** @type {Hass} */ (this.hass);
    return jobLines(t, this._jobs, {
      // A job that is over already, or a report that is gone, is what was wanted.
      cancel: ({ job_id }) => void cancelJob(hass, job_id).catch(() => {}),
      dismiss: ({ job_id }) => void dismissJob(hass, job_id).catch(() => {}),
      report: ({ job_id }) => {
        this._jobId = job_id;
        this._show("import");
      },
    });
  }

  _dialog() {
    return dialog({
      open: this._open,
      hass: this.hass,
      module: this._module,
      modules: this._modules,
      person: this._person,
      jobs: this._jobs,
      jobId: this._jobId,
      closed: this._closed,
      changed: this._refresh,
      gone: this._gone,
    });
  }

  /** The module is away: since when. */
  _away() {
    const { hass, _module: module } = this;
    const connected = Object.values(hass?.entities ?? {}).find(
      (one) => one?.device_id === module?.deviceId && one?.translation_key === "connected",
    );
    const state = hass?.states[connected?.entity_id ?? ""];
    if (!module || state?.state !== "off") return nothing;
    const when = relativeTime(hass, state.last_changed);
    return html`<div class="note" role="status">
      ${text(hass, "people")("away", { module: module.name, when })}
    </div>`;
  }

  _trouble() {
    if (!this._error) return nothing;
    return html`<div class="note bad" role="alert">
      ${this._error}
      <button @click=${this._refresh}>${text(this.hass, "people")("retry")}</button>
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
    this._open = this._jobId = "";
    if (this._goes) void this._goOn();
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

  /** @param {CustomEvent} event */
  async _fail({ detail }) {
    this._error = detail ? await wordsOf(/** @type {Hass} */ (this.hass), detail) : "";
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

  static styles = [shared, forms, grid];
}

export { PeopleCard as Card };

customElements.get("face-module-people") ||
  customElements.define("face-module-people", PeopleCard);
