/** The dialog that compares a module with another or with Home Assistant's list. */

import { css, html, nothing } from "../shared/lit.js";
import { conflicts, sayWho, searchPeople, sync, waiting } from "./api.js";
import { compared, conflictList } from "./conflicts.js";
import { PeopleDialog } from "./dialog.js";
import { grid } from "./style.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Deed, Line } from "./conflicts.js" */

/** So many names of each kind are shown. */
const SHOWN = 50;

/**
 * @typedef {{
 *   added: number, replaced: number, removed: number, unchanged: number,
 *   failed: {name: string, error: string}[], failed_left_out: number, people: Line[]
 * }} Report
 */

export class PeopleCompare extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    job: { attribute: false },
    _report: { state: true },
    _sure: { state: true },
    _outcome: { state: true },
    _conflicts: { state: true },
    _asked: { state: true },
    _waiting: { state: true },
    _deleting: { state: true },
  };

  constructor() {
    super();
    /** How far the job is. @type {import("./api.js").Job | null} */
    this.job = null;
    /** @type {Report | null} */
    this._report = null;
    this._sure = false;
    /** @type {Report | null} */
    this._outcome = null;
    /** @type {import("./api.js").Conflict[]} */
    this._conflicts = [];
    /** @type {import("./conflicts.js").Asked | null} */
    this._asked = null;
    /** @type {import("./logic.js").Waiting[]} */
    this._waiting = [];
    /** The user id of who may be deleted from this module, if it is meant. */
    this._deleting = "";
    /** Device id; empty: Home Assistant's list. */
    this._source = "";
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("modules") && !this.hasUpdated) {
      this._source = this._others[0]?.deviceId ?? "";
    }
  }

  firstUpdated() {
    super.firstUpdated();
    void this.run((hass) => this._look(hass));
  }

  /** Read what is to be settled, and what waits. @param {Hass} hass */
  async _look(hass) {
    this._conflicts = (await conflicts(hass)).conflicts;
    this._waiting = (await waiting(hass)).changes;
  }

  /**
   * @param {string} user_id
   * @param {boolean} same
   * @param {string} name
   */
  _settle(user_id, same, name) {
    if (this._asked?.userId !== user_id) {
      this._asked = user_id ? { userId: user_id, same, name } : null;
      return undefined;
    }
    this._asked = null;
    return this.run(async (hass) => {
      await sayWho(hass, { user_id, same, name });
      // What was compared is not so any more.
      this._report = null;
      await this._look(hass);
      this.changed();
    });
  }

  get _others() {
    return this.modules.filter(({ deviceId }) => deviceId !== this.module?.deviceId);
  }

  render() {
    const module = this.module?.name ?? "";
    return this.frame(
      this.t("compare_title", { module }),
      html`<div class="body">
        <label>
          <span>${this.t("compare_with")}</span>
          <select ?disabled=${this._busy} @change=${this._choose}>
            ${this._others.map(
              ({ deviceId, name }) =>
                html`<option value=${deviceId} ?selected=${deviceId === this._source}>
                  ${name}
                </option>`,
            )}
            <option value="" ?selected=${!this._source}>${this.t("ha_list")}</option>
          </select>
        </label>
        ${this._busy ? this._progress() : nothing} ${this.problem()}
        <div role="status">
          ${this._outcome ? this.t("in_line", counts(this._outcome)) : nothing}
        </div>
        ${this._report ? this._differences(this._report) : nothing}
        ${conflictList(this.t, this._conflicts, this._busy, (...said) => this._settle(...said), this._asked)}
        ${this._waiting.length ? html`<h3>${this.t("waiting")}</h3>` : nothing}
        ${this.waiting(this._waiting, (change) => {
          this._waiting = this._waiting.filter((one) => one !== change);
          this.changed();
        })}
        ${this._buttons()}
      </div>`,
    );
  }

  _progress() {
    const { done = 0, total = 0 } = this.job ?? {};
    return html`<label>
      <span>${total ? this.t("comparing", { done, total }) : this.t("busy")}</span>
      ${total
        ? html`<progress max=${total} .value=${done}></progress>`
        : html`<progress></progress>`}
    </label>`;
  }

  /** @param {Report} report */
  _differences(report) {
    const { added, replaced, removed, failed } = counts(report);
    if (!(added || replaced || removed || failed)) {
      return html`<p class="good" role="status">${this.t("same")}</p>`;
    }
    return html`<div role="status">
      ${this._names("missing_here", added, "added")}
      ${this._names("different", replaced, "replaced")}
      ${this._names("only_here", removed, "removed")} ${this._names("unclear", failed)}
    </div>`;
  }

  /**
   * @param {string} key
   * @param {number} count
   * @param {string} [result]
   */
  _names(key, count, result) {
    if (!count) return nothing;
    const lines = (this._report?.people ?? []).filter((line) => line.result === result);
    const shown = lines.slice(0, SHOWN);
    const more = count - shown.length;
    const source = this.modules.find(({ deviceId }) => deviceId === this._source);
    const values = {
      busy: this._busy,
      other: source?.name ?? this.t("ha_list"),
      asked: this._deleting,
      act: (/** @type {Deed | ""} */ deed, /** @type {Line} */ line) => this._act(deed, line),
    };
    return html`<details ?open=${count <= SHOWN}>
      <summary>${this.t(key, { count, module: this.module?.name ?? "" })}</summary>
      <ul class="lines">
        ${shown.map((line) => compared(this.t, line, values))}
        ${more > 0 ? html`<li class="quiet">${this.t("more", { count: more })}</li>` : nothing}
      </ul>
    </details>`;
  }

  _buttons() {
    const { added = 0, replaced = 0, removed = 0 } = this._report ?? {};
    const module = this.module?.name ?? "";
    if (this._sure) {
      return html`
        <p class="note bad" role="alert">
          ${this.t("sure", { removed, replaced, module })}
        </p>
        <div class="buttons">
          <button @click=${this._unsure}>${this.t("cancel")}</button>
          <button class="danger" ?disabled=${this._busy} @click=${this._mirror}>
            ${this.t("make_same_sure", { module })}
          </button>
        </div>
      `;
    }
    return html`<div class="buttons">
      <button @click=${this.close}>${this.t("close")}</button>
      ${replaced || removed
        ? html`<button ?disabled=${this._busy} @click=${this._unsure}>
            ${this.t("make_same")}
          </button>`
        : nothing}
      ${added
        ? html`<button ?disabled=${this._busy} @click=${this._add}>
            ${this.t("add_missing")}
          </button>`
        : nothing}
      ${this._report
        ? nothing
        : html`<button class="primary" ?disabled=${this._busy} @click=${this._compare}>
            ${this.t("compare_start")}
          </button>`}
    </div>`;
  }

  /** @param {Event} event */
  _choose(event) {
    this._source = /** @type {HTMLSelectElement} */ (event.target).value;
    [this._report, this._outcome, this._sure, this._error] = [null, null, false, ""];
  }

  _unsure() {
    this._sure = !this._sure;
  }

  _compare() {
    return this.run(async (hass) => {
      this._report = await this._named(hass, await this._sync(hass, "mirror", true));
      await this._look(hass);
    });
  }

  /**
   * With the faces, and the names that the modules have.
   * @param {Hass} hass
   * @param {Report} report
   */
  async _named(hass, report) {
    const source = this.modules.find(({ deviceId }) => deviceId === this._source);
    /** @type {(module: import("./logic.js").Module | undefined, id: string) => Promise<any>} */
    const find = async (module, id) =>
      module &&
      (await searchPeople(hass, module.entryId, id)).people.find((one) => one.user_id === id);
    for (const result of ["added", "replaced", "removed"]) {
      const lines = report.people.filter((line) => line.result === result).slice(0, SHOWN);
      await Promise.all(
        lines.map(async (line) => {
          const id = line.user_id ?? "";
          if (result !== "removed") line.there = await find(source, id);
          if (result !== "added") line.here = await find(this.module, id);
          if (line.name === id) line.name = (line.there ?? line.here)?.name ?? id;
        }),
      );
    }
    return report;
  }

  /** What is done about one of them. @param {Deed | ""} deed @param {Line} line */
  async _act(deed, line) {
    const { user_id = "", result } = line;
    const asks = deed === "delete" && this._deleting !== user_id;
    this._deleting = asks ? user_id : "";
    if (asks || !deed) return;
    const at = this._report?.people.indexOf(line) ?? 0;
    await this.run(async (hass) => {
      const mode = deed === "add_one" || deed === "copy_to" ? "add" : "mirror";
      const done = await this._sync(hass, mode, false, [user_id], deed === "copy_to");
      if (done.failed.length) throw { message: done.failed[0].error };
      const { _report: report } = this;
      const key = /** @type {"added"} */ (result);
      this._report = report && {
        ...report,
        [key]: report[key] - 1,
        people: report.people.filter((one) => one !== line),
      };
      this.changed();
    });
    await this.updateComplete;
    // Whoever decides goes on with the next one.
    const next = this._report?.people[at] ?? this._report?.people.at(-1);
    /** @type {HTMLElement | null} */
    const button = this.renderRoot.querySelector(`[data-user="${CSS.escape(next?.user_id ?? "")}"] button`);
    button?.focus();
  }

  _add() {
    return this._bring("add");
  }

  _mirror() {
    return this._bring("mirror");
  }

  /** @param {"add" | "mirror"} mode */
  async _bring(mode) {
    [this._sure, this._outcome] = [false, null];
    await this.run(async (hass) => {
      this._outcome = await this._sync(hass, mode, false);
      this._report = null;
      await this._look(hass);
      this.changed();
    });
  }

  /**
   * @param {Hass} hass
   * @param {"add" | "mirror"} mode
   * @param {boolean} dryRun
   * @param {string[]} [only] user ids
   * @param {boolean} [back] the other way round
   * @returns {Promise<Report>}
   */
  _sync(hass, mode, dryRun, only, back = false) {
    const sides = [this.module?.deviceId, this._source];
    const [to, from] = back ? sides.reverse() : sides;
    return sync(hass, {
      device_id: to ? [to] : [],
      ...(from ? { source_device_id: from } : {}),
      ...(only ? { user_id: only } : {}),
      mode,
      dry_run: dryRun,
    });
  }
}

PeopleCompare.styles = [
  ...PeopleDialog.styles,
  grid,
  css`
    h3 {
      margin: 8px 0 0;
      font-size: 1em;
    }
    .sides {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(120px, 1fr));
      gap: 12px;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    .sides li {
      display: flex;
      flex-direction: column;
      gap: 6px;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    .sides .face {
      width: 88px;
      height: 88px;
    }
    .pair {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      align-items: center;
    }
    .pair > :not(button, .face) {
      flex: 1 1 6rem;
    }
    .pair .face {
      width: 44px;
      height: 44px;
      font-size: 1rem;
    }
  `,
];

/** The numbers of a report. @param {Report} report */
const counts = ({ added, replaced, removed, failed, failed_left_out }) => ({
  added,
  replaced,
  removed,
  failed: failed.length + failed_left_out,
});

customElements.get("face-module-people-compare") ||
  customElements.define("face-module-people-compare", PeopleCompare);
