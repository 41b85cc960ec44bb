/** What Home Assistant knows of somebody: where they are known, seen last, and when they came. */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { relativeTime, shared, shortClock } from "../shared/common.js";
import { languageOf, text } from "../shared/texts.js";
import { ask, searchPeople } from "./api.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Module, Person } from "./logic.js" */

/**
 * @typedef {{module: string, known: boolean | null, name: string, count: number, last: string}} Door
 * @typedef {{date: string, first: string, last: string, visits: number}} Day
 */

/** So many days are shown. */
const DAYS = 7;

class PersonLife extends LitElement {
  static properties = {
    hass: { attribute: false },
    person: { attribute: false },
    modules: { attribute: false },
    _doors: { state: true },
    _days: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** @type {Person | undefined} */
    this.person = undefined;
    /** @type {Module[]} */
    this.modules = [];
    /** @type {Door[] | null} */
    this._doors = null;
    /** @type {Day[]} */
    this._days = [];
  }

  firstUpdated() {
    void this._load().catch(() => (this._doors = []));
  }

  async _load() {
    const hass = /** @type {Hass} */ (this.hass);
    const { user_id, name } = /** @type {Person} */ (this.person);
    const who = { user_id, name };
    const since = new Date(Date.now() - DAYS * 86_400_000).toISOString();
    const days = ask(hass, "visits/attendance", { ...who, since });
    const doors = await Promise.all(
      this.modules.map(async ({ entryId, name: module }) => {
        const [{ count, visits }, known] = await Promise.all([
          ask(hass, "visits/search", { ...who, entry_ids: [entryId], limit: 1 }),
          searchPeople(hass, entryId, user_id).then(
            ({ people }) => people.find((one) => one.user_id === user_id),
            // It is away.
            () => null,
          ),
        ]);
        const there = known === null ? null : !!known;
        const called = known?.name ?? name;
        return { module, known: there, name: called, count, last: visits[0]?.last_seen ?? "" };
      }),
    );
    this._days = (await days).lines;
    this._doors = doors;
  }

  render() {
    const t = text(this.hass, "people");
    if (!this._doors) return html`<p class="quiet">${t("busy")}</p>`;
    const { name = "" } = this.person ?? {};
    return html`<dl>
        ${this._doors.map(
          (door) => html`<dt>${door.module}</dt>
            <dd>
              ${door.known === false
                ? t("not_there")
                : door.known === null
                  ? t("is_away")
                  : door.name === name
                    ? nothing
                    : t("there_called", { name: door.name })}
              ${door.last
                ? t(door.count === 1 ? "came_once" : "came_often", {
                    count: door.count,
                    when: relativeTime(this.hass, door.last),
                  })
                : t("never_came")}
            </dd>`,
        )}
      </dl>
      ${this._days.length
        ? html`<table>
            <caption>${t("hours", { days: DAYS })}</caption>
            ${this._days.map((day) => this._day(day))}
          </table>`
        : nothing}`;
  }

  /** @param {Day} day */
  _day({ date, first, last, visits }) {
    const language = languageOf(this.hass);
    const shown = new Date(`${date}T12:00`).toLocaleDateString(language, {
      weekday: "short",
      day: "numeric",
      month: "short",
    });
    const time = (/** @type {string} */ iso) => shortClock(this.hass, iso);
    return html`<tr>
      <th scope="row">${shown}</th>
      <td>${visits > 1 ? `${time(first)}–${time(last)}` : time(first)}</td>
      <td class="quiet">${text(this.hass, "people")("times", { count: visits })}</td>
    </tr>`;
  }

  static styles = [
    shared,
    css`
      p,
      dl,
      dd {
        margin: 0;
      }
      dl {
        display: grid;
        gap: 4px 12px;
        grid-template-columns: minmax(80px, auto) 1fr;
        overflow-wrap: anywhere;
      }
      dt,
      caption,
      th {
        color: var(--fm-quiet);
        font-weight: 400;
        text-align: start;
      }
      table {
        width: 100%;
        margin-top: 12px;
        border-collapse: collapse;
      }
      th,
      td {
        padding: 2px 0;
        padding-inline-end: 8px;
      }
    `,
  ];
}

customElements.get("face-module-person-life") ||
  customElements.define("face-module-person-life", PersonLife);
