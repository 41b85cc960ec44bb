/** The dialog that enrolls many people from files: what is chosen, how far it is, the report. */

import { html, nothing } from "../shared/lit.js";
import { cancelJob, dismissJob, reportOf, settle, wordsOf } from "./api.js";
import { PeopleDialog } from "./dialog.js";
import { about, byPerson, jobWords } from "./logic.js";
import { begin, chosen, dropped, itemsOf } from "./sending.js";

/** @import { Job, Report } from "./api.js" */
/** @import { Group } from "./logic.js" */
/** @import { Item } from "./sending.js" */

const KINDS = "image/*,.heic,.heif,.zip,.csv,.tsv,.txt,.json";
/** So many names of each kind are shown. */
const SHOWN = 100;
const MAX_FILES = 10_000;

export class PeopleImport extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    jobs: { attribute: false },
    jobId: { attribute: false },
    _items: { state: true },
    _chosen: { state: true },
    _replace: { state: true },
    _similar: { state: true },
    _report: { state: true },
    _groups: { state: true },
    _notes: { state: true },
    _right: { state: true },
  };

  constructor() {
    super();
    /** The jobs that are heard of. @type {Job[]} */
    this.jobs = [];
    /** The job that is shown; empty: the form. */
    this.jobId = "";
    /** @type {Item[]} */
    this._items = [];
    /** Entry ids; null: all. @type {Set<string> | null} */
    this._chosen = null;
    this._replace = false;
    this._similar = false;
    /** @type {Report | null} */
    this._report = null;
    /** Who failed, in words. @type {Group[]} */
    this._groups = [];
    /** @type {string[]} */
    this._notes = [];
    /** Who is put right. @type {Group | null} */
    this._right = null;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!this.hasUpdated && !this.jobId) {
      const job = this.jobs.find(({ kind, finished }) => kind === "import" && !finished);
      this.jobId = job?.job_id ?? "";
    }
    const job = this._job;
    if (changed.has("jobs") && job?.finished && job.report) void this._load();
  }

  get _job() {
    return this.jobs.find(({ job_id }) => job_id === this.jobId) ?? this._report;
  }

  get _targets() {
    const all = this.modules.map((module) => module.entryId);
    return all.filter((entryId) => !this._chosen || this._chosen.has(entryId));
  }

  render() {
    const content = this.jobId ? this._going() : this._form();
    return html`${this.frame(this.t("import_title"), content)} ${this._dialog()}`;
  }

  _form() {
    const count = this._items.length;
    return html`<div class="body">
      <p>${this.t("import_words")}</p>
      <div class="drop" @dragover=${this._over} @drop=${this._dropped}>
        <label class="button file">
          ${this.t("choose_files")}
          <input class="sr" type="file" accept=${KINDS} multiple @change=${this._picked} />
        </label>
        <label class="button file">
          ${this.t("choose_folder")}
          <input class="sr" type="file" webkitdirectory multiple @change=${this._picked} />
        </label>
        ${matchMedia("(pointer: coarse)").matches
          ? nothing
          : html`<span class="quiet hint">${this.t("drop_files")}</span>`}
      </div>
      <p role="status">${count ? this.t(count > 1 ? "import_chosen" : "import_chosen_one", { count }) : nothing}</p>
      ${this._check("import_replace", this._replace, (on) => {
        this._replace = on;
      })}
      ${this._check("import_similar", this._similar, (on) => {
        this._similar = on;
      })}
      ${this.chooser(new Set(this._targets), (some) => {
        this._chosen = some;
      })}
      ${this.problem()}
      <div class="buttons">
        <button @click=${this.close}>${this.t("cancel")}</button>
        <button
          class="primary"
          ?disabled=${!count || !this._targets.length || this._busy}
          @click=${this._start}
        >
          ${this.t(this._busy ? "busy" : "start")}
        </button>
      </div>
    </div>`;
  }

  /** @param {string} key @param {boolean} checked @param {(on: boolean) => void} change */
  _check(key, checked, change) {
    return html`<label class="check">
      <input
        type="checkbox"
        .checked=${checked}
        @change=${(/** @type {Event} */ { target }) =>
          change(/** @type {HTMLInputElement} */ (target).checked)}
      />
      <span>${this.t(key)}</span>
    </label>`;
  }

  _going() {
    const job = this._job;
    const { done = 0, total = 0, files = 0, received = 0 } = job ?? {};
    const finished = !!job?.finished;
    const [at, of] = total ? [done, total] : [received, files];
    return html`<div class="body">
      <label>
        <span role="status">${job ? jobWords(this.t, job) : this.t("busy")}</span>
        ${finished ? nothing : html`<progress max=${of || 1} .value=${at}></progress>`}
      </label>
      ${finished ? this._told() : html`<p class="quiet">${this.t(total ? "import_on" : "import_sending")}</p>`}
      ${this.problem()}
      <div class="buttons">
        ${finished ? this._again() : html`<button @click=${this._cancel}>${this.t("import_cancel")}</button>`}
        <button class="primary" @click=${this._leave}>${this.t("close")}</button>
      </div>
    </div>`;
  }

  _told() {
    const { modules } = this;
    const people = this._report?.people ?? [];
    const several = (this._job?.entry_ids.length ?? 0) > 1;
    const left = (this._job?.failed ?? 0) - (this._report?.lines.length ?? 0);
    return html`
      ${several ? html`<p class="quiet">${this.t("import_each")}</p>` : nothing}
      <ul class="lines failed">
        ${this._groups.map(
          (group) => html`<li class="bad-line">
            <span>${about(this.t, group.name, group.words(modules))}</span>
            ${group.picture
              ? html`<button @click=${() => (this._right = group)}>${this.t("put_right")}</button>`
              : nothing}
          </li>`,
        )}
        ${left > 0 && this._report ? html`<li class="quiet">${this.t("more", { count: left })}</li>` : nothing}
        ${this._notes.map((note) => html`<li>${note}</li>`)}
      </ul>
      ${["added", "replaced", "unchanged"].map((result) => {
        const names = people.filter((line) => line.result === result).map(({ name }) => name);
        const unique = [...new Set(names)];
        return unique.length
          ? html`<details>
              <summary>${this.t(`import_${result}`, { count: unique.length })}</summary>
              <ul class="lines">
                ${unique.slice(0, SHOWN).map((name) => html`<li>${name}</li>`)}
                ${unique.length > SHOWN
                  ? html`<li class="quiet">${this.t("more", { count: unique.length - SHOWN })}</li>`
                  : nothing}
              </ul>
            </details>`
          : nothing;
      })}
    `;
  }

  _again() {
    const { failed = 0, cancelled = false } = this._job ?? {};
    const error = this._report?.error;
    if (!itemsOf(this.jobId).length || !(failed || cancelled || error)) return nothing;
    return html`<button @click=${this._retry}>${this.t("retry")}</button>`;
  }

  _dialog() {
    const group = this._right;
    if (!group) return nothing;
    const person = /** @type {number} */ (group.person);
    return html`<face-module-people-enroll
      .hass=${this.hass}
      .module=${this.module}
      .modules=${this.modules}
      .visit=${{ job_id: this.jobId, person }}
      .name=${group.known}
      .failed=${group}
      @closed=${(/** @type {Event} */ event) => {
        event.stopPropagation();
        this._right = null;
      }}
      @enrolled=${() => this._settled(person)}
    ></face-module-people-enroll>`;
  }

  /** @param {Event} event */
  _picked(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    this._take(chosen(input.files ?? []));
    // The same once more is a choice, too.
    input.value = "";
  }

  /** @param {DragEvent} event */
  _over(event) {
    event.preventDefault();
  }

  /** @param {DragEvent} event */
  _dropped(event) {
    event.preventDefault();
    const { dataTransfer } = event;
    if (dataTransfer) void this.run(async () => this._take(await dropped(dataTransfer)));
  }

  /** @param {Item[]} items */
  _take(items) {
    const many = items.length > MAX_FILES;
    this._error = many ? this.t("import_too_many", { count: items.length }) : "";
    this._items = many ? [] : items;
  }

  async _start() {
    await this.run(async (hass) => {
      this.jobId = await begin(hass, this._items, {
        entry_ids: this._targets,
        if_exists: this._replace ? "replace" : "fail",
        allow_duplicate_face: this._similar,
      });
      this._items = [];
    });
  }

  _cancel() {
    return this.run(async (hass) => {
      await cancelJob(hass, this.jobId);
    });
  }

  /** What failed once more, perhaps with other options. */
  _retry() {
    const items = itemsOf(this.jobId);
    const failed = (this._report?.lines ?? []).map((line) => line.source);
    const single = items.every(({ path }) => !/\.(zip|csv|json)$/i.test(path));
    const some = items.filter(({ path }) => failed.some((one) => one && path.endsWith(one)));
    this._items = single && some.length && !this._job?.cancelled ? some : items;
    [this.jobId, this._report, this._groups, this._error] = ["", null, [], ""];
    this._notes = [];
  }

  /** A report that says all is done is not needed any more. */
  _leave() {
    const { hass, _job: job } = this;
    if (hass && job?.report && !job.failed && !this._report?.error) {
      dismissJob(hass, this.jobId).catch(() => {});
    }
    this.close();
  }

  async _load() {
    const hass = /** @type {import("../shared/common.js").Hass} */ (this.hass);
    try {
      const report = await reportOf(hass, this.jobId);
      this._groups = await byPerson((line) => wordsOf(hass, line), report.lines);
      const { t } = this;
      this._notes = await Promise.all(
        report.notes.map(async (note) =>
          about(t, note.name, await wordsOf(hass, note)),
        ),
      );
      this._report = report;
      if (report.error) await this.run(() => Promise.reject(report.error));
    } catch {
      // Dismissed elsewhere: the numbers are here.
    }
  }

  /** @param {number} person */
  async _settled(person) {
    await this.run((hass) => settle(hass, { job_id: this.jobId, person }).then(() => {}));
    await this._load();
    this.changed();
  }
}

customElements.get("face-module-people-import") ||
  customElements.define("face-module-people-import", PeopleImport);
