/** Who was there on which day of a month: a table, on paper, and as a file. */

import { html, nothing } from "../shared/lit.js";
import { languageOf, listed } from "../shared/texts.js";
import { shortClock } from "../shared/common.js";
import { ask } from "../people/api.js";
import { after, byPerson, dayNow, daysOf, monthNow, within } from "./logic.js";
import { Part } from "./part.js";

/** @import { Line, Query } from "./logic.js" */

const PAPER = `body{font:12px sans-serif}table{border-collapse:collapse}
th,td{border:1px solid #999;padding:2px 4px;text-align:start}`;

/** @param {{visits: number}[]} some */
const visitsOf = (some) => some.reduce((sum, one) => sum + one.visits, 0);

export class VisitAttendance extends Part {
  static properties = {
    ...Part.properties,
    query: { attribute: false },
    doors: { attribute: false },
    _month: { state: true },
    _lines: { state: true },
  };

  constructor() {
    super();
    /** Whom it is about, and which doors. @type {Query} */
    this.query = {};
    /** @type {Map<string, string>} */
    this.doors = new Map();
    this._month = "";
    /** @type {Line[] | null} */
    this._lines = null;
    this._turn = 0;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    this._month ||= monthNow(this.hass.config?.time_zone);
    if (changed.has("query") || changed.has("_month")) {
      const turn = ++this._turn;
      this.run(async () => {
        const { lines } = await this._ask();
        if (turn === this._turn) this._lines = lines;
      });
    }
  }

  /** Of a month that goes on today is in view. @param {Map<string, unknown>} changed */
  updated(changed) {
    if (!changed.has("_lines")) return;
    const box = this.renderRoot.querySelector(".wide");
    box?.scrollTo(0, 0);
    if (this.query.user_id !== undefined) return;
    const today = dayNow(this.hass.config?.time_zone);
    const column = daysOf(this._month).indexOf(today) + 3;
    /** @type {HTMLElement | null | undefined} */
    const head = column < 3 ? null : box?.querySelector(`thead th:nth-child(${column + 1})`);
    head?.scrollIntoView({ block: "nearest", inline: "end" });
  }

  /** @param {object} [how] */
  _ask(how) {
    const { entry_ids, user_id, name } = this.query;
    const query = { entry_ids, user_id, name, ...within(this._month), ...how };
    return ask(this.hass, "visits/attendance", query);
  }

  /** @param {string} day @param {Intl.DateTimeFormatOptions} parts */
  _date(day, parts) {
    const format = new Intl.DateTimeFormat(languageOf(this.hass), { ...parts, timeZone: "UTC" });
    return format.format(new Date(day));
  }

  get _title() {
    return this._date(this._month, { year: "numeric", month: "long" });
  }

  render() {
    const { t, _lines: lines } = this;
    const go = (/** @type {number} */ many) => () => (this._month = after(this._month, many));
    const none = !lines?.length;
    return html`<div class="bar months">
        <button aria-label=${t("month_before")} @click=${go(-1)}>‹</button>
        <h3 aria-live="polite">${this._title}</h3>
        <button aria-label=${t("month_after")} @click=${go(1)}>›</button>
        <button ?disabled=${none} @click=${this._print}>${t("print")}</button>
        <button ?disabled=${none} @click=${this._save}>${t("csv")}</button>
      </div>
      ${this.problem()}
      ${none
        ? html`<p class="empty quiet" role="status">
            ${lines ? t("nobody_came") : this.said("loading")}
          </p>`
        : html`<div class="wide" tabindex="0" role="region" aria-label=${this._title}>
            ${this.query.user_id === undefined
              ? this._everybody(lines)
              : this._somebody(lines)}
          </div>`}`;
  }

  /** @param {Line[]} lines */
  _everybody(lines) {
    const { t } = this;
    const days = daysOf(this._month);
    const people = byPerson(lines, languageOf(this.hass));
    return this._table(
      [t("person"), t("days"), t("visits"), ...days.map((day) => Number(day.slice(8)))],
      people.map(({ name, visits, days: there }) => [
        name,
        there.size,
        visits,
        ...days.map((day) => there.get(day)?.visits),
      ]),
      [
        t("people_there"),
        people.length,
        visitsOf(people),
        ...days.map((day) => people.filter((one) => one.days.has(day)).length || nothing),
      ],
    );
  }

  /** @param {Line[]} lines */
  _somebody(lines) {
    const { t, hass, doors } = this;
    return this._table(
      [t("date"), t("first"), t("last"), t("visits"), t("doors")],
      lines.map(({ date, first, last, visits, entry_ids }) => [
        this._date(date, { weekday: "short", day: "numeric", month: "short" }),
        shortClock(hass, first),
        shortClock(hass, last),
        visits,
        listed(entry_ids.map((id) => doors.get(id) ?? id)),
      ]),
      [`${t("days")}: ${lines.length}`, "", "", visitsOf(lines), ""],
    );
  }

  /** @param {unknown[]} heads @param {unknown[][]} rows @param {unknown[]} foot */
  _table(heads, rows, foot) {
    const line = (/** @type {unknown[]} */ [first, ...rest]) =>
      html`<tr>
        <th scope="row">${first}</th>
        ${rest.map((one) => html`<td>${one}</td>`)}
      </tr>`;
    return html`<table>
      <thead>
        <tr>
          ${heads.map((one) => html`<th scope="col">${one}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(line)}
      </tbody>
      <tfoot>
        ${line(foot)}
      </tfoot>
    </table>`;
  }

  /** On a page of its own: the dashboard around it is not wanted on paper. */
  _print() {
    const frame = document.createElement("iframe");
    frame.className = "face-module-print";
    frame.style.cssText = "position:fixed;width:0;height:0;border:0";
    document.body.append(frame);
    const page = /** @type {Window} */ (frame.contentWindow);
    const { head, body } = page.document;
    const add = (/** @type {Element} */ to, /** @type {string} */ kind, /** @type {string} */ words) =>
      (to.appendChild(page.document.createElement(kind)).textContent = words);
    add(head, "style", PAPER);
    add(body, "h1", `${this.t("attendance")}, ${this._title}`);
    body.append(/** @type {Element} */ (this.renderRoot.querySelector("table")).cloneNode(true));
    page.addEventListener("afterprint", () => frame.remove());
    page.print();
  }

  _save() {
    return this.run(async () => {
      const { csv } = await this._ask({ csv: true });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
      link.download = `${this._month}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }
}

customElements.get("face-module-visits-attendance") ||
  customElements.define("face-module-visits-attendance", VisitAttendance);
