/** Who may enter where, and whether they may now; one click changes it. */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { shared } from "../shared/common.js";
import { languageOf, load, ready, text } from "../shared/texts.js";
import { ask, listPeople, modulesOf, wordsOf } from "../people/api.js";
import { momentOf } from "../people/logic.js";
import { forms } from "../people/style.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Access } from "../people/logic.js" */

/**
 * Whether they may enter now is said by door; null: they are not known there.
 * @typedef {{user_id: string, name: string, access: Access, at: (boolean | null)[]}} Line
 * @typedef {{
 *   total: number, limited: number, people: Line[],
 *   doors: {entry_id: string, module: string}[]
 * }} Found
 */

const PAGE = 50;
/** So often it is looked whether somebody may enter now who might not, or the other way; ms. */
const LOOK = 15_000;

class AccessCard extends LitElement {
  static properties = {
    hass: { attribute: false },
    _found: { state: true },
    _person: { state: true },
    _error: { state: true },
  };

  constructor() {
    super();
    this.hass = /** @type {Hass} */ (/** @type {unknown} */ (undefined));
    /** @type {Found | null} */
    this._found = null;
    /** Whose rule is asked for. @type {Line | null} */
    this._person = null;
    this._error = "";
    /** Whom only modules know, with the modules. @type {Map<string, Line & {on: string[]}> | null} */
    this._others = null;
    this._shown = PAGE;
    this._moment = "";
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._clock = undefined;
  }

  setConfig() {}

  connectedCallback() {
    super.connectedCallback();
    void load("people");
    this._clock = setInterval(() => this._look(), LOOK);
    if (this.hasUpdated) void this._load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this._clock);
  }

  /** @param {Map<string, unknown>} changed */
  shouldUpdate(changed) {
    const again = () => this.requestUpdate();
    if (!this.hass || !ready(this.hass, "page", again) || !ready(this.hass, "people", again)) {
      return false;
    }
    const before = /** @type {Hass | undefined} */ (changed.get("hass"));
    return changed.size !== 1 || !before || before.locale !== this.hass.locale || !!this._person;
  }

  firstUpdated() {
    void this._load();
  }

  /** A time has come, or what a rule asks for is on or off. */
  _look() {
    if (this._found && this._moment !== this._now()) void this._load();
  }

  _now() {
    return momentOf(this.hass, (this._found?.people ?? []).map(({ access }) => access));
  }

  async _load() {
    if (!this.hass.user?.is_admin) return;
    try {
      const fields = { everybody: true, limit: this._shown, language: languageOf(this.hass) };
      [this._found, this._others] = await Promise.all([
        ask(this.hass, "access/list", fields),
        this._others ?? this._known(),
      ]);
      this._moment = this._now();
      this._error = "";
    } catch (err) {
      this._error = await wordsOf(this.hass, err);
    }
  }

  /** The first people of each module that answers. */
  async _known() {
    const others = new Map();
    for (const { entryId } of modulesOf(this.hass)) {
      const { items } = await listPeople(this.hass, entryId, 0, PAGE).catch(() => ({ items: [] }));
      for (const { user_id, name, access } of items) {
        const key = `${user_id} ${name}`;
        const on = [...(others.get(key)?.on ?? []), entryId];
        others.set(key, { user_id, name, access, on });
      }
    }
    return others;
  }

  /** @param {Line} person */
  async _choose(person) {
    await import("../people/details.js");
    this._person = person;
  }

  render() {
    const t = text(this.hass, "page");
    const { _found: found, _person: person } = this;
    return html`<section class="card" aria-labelledby="heading">
      <h2 id="heading">${t("access")}</h2>
      <div role="alert">
        ${this._error ? html`<p class="note bad">${this._error}</p>` : nothing}
      </div>
      ${!this.hass.user?.is_admin
        ? html`<p class="quiet">${text(this.hass, "people")("admins_only")}</p>`
        : found
          ? this._list(found)
          : html`<p class="quiet" role="status">${t("busy")}</p>`}
      ${person
        ? html`<face-module-people-details
            .hass=${this.hass}
            .person=${person}
            .allow=${true}
            @closed=${() => (this._person = null)}
            @people-changed=${this._load}
          ></face-module-people-details>`
        : nothing}
    </section>`;
  }

  /** @param {Found} found */
  _list({ total, limited, people, doors }) {
    const t = text(this.hass, "page");
    const modules = modulesOf(this.hass);
    const names = doors.map(
      ({ entry_id, module }) =>
        modules.find(({ entryId }) => entryId === entry_id)?.name ?? module,
    );
    const listed = new Set(people.map(({ user_id, name }) => `${user_id} ${name}`));
    const others = [...(this._others ?? [])]
      .filter(([key, { access }]) => !listed.has(key) && access.mode === "always")
      .map(([, one]) => ({
        ...one,
        at: doors.map(({ entry_id }) => (one.on.includes(entry_id) ? true : null)),
      }));
    const lines = [...people, ...(total > people.length ? [] : others)];
    return html`${limited ? nothing : html`<p>${t("no_rules")}</p>`}
      ${lines.length
        ? html`<div class="wide" tabindex="0" role="region" aria-label=${t("rules")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">${t("who")}</th>
                  <th scope="col">${t("when")}</th>
                  ${names.map((name) => html`<th scope="col">${t("now_at", { name })}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${lines.map(
                  (one) => html`<tr>
                    <th scope="row">
                      <button @click=${() => this._choose(one)}>${one.name}</button>
                    </th>
                    <td>${one.access.text}</td>
                    ${one.at.map(
                      (may) => html`<td class=${may === null ? "quiet" : may ? "good" : "bad-line"}>
                        ${t(may === null ? "not_there" : may ? "may" : "may_not")}
                      </td>`,
                    )}
                  </tr>`,
                )}
              </tbody>
            </table>
          </div>`
        : html`<p class="quiet">${t("nobody")}</p>`}
      ${total > people.length
        ? html`<button
            @click=${() => {
              this._shown += PAGE;
              void this._load();
            }}
          >
            ${t("more", { count: total - people.length })}
          </button>`
        : nothing}
      <p class="quiet">${t("others")}</p>`;
  }

  static styles = [
    shared,
    forms,
    css`
      h2 {
        margin-bottom: 8px;
      }
      p {
        margin: 8px 0;
        line-height: 1.4;
      }
      .wide {
        overflow-x: auto;
      }
      table {
        width: 100%;
        border-collapse: collapse;
      }
      thead th {
        color: var(--fm-quiet);
        font-size: 0.875rem;
        font-weight: 400;
        border: 0;
      }
      th,
      td {
        padding: 4px 12px 4px 0;
        text-align: start;
        overflow-wrap: anywhere;
        border-top: 1px solid var(--fm-line);
      }
      td {
        white-space: nowrap;
      }
      td:nth-child(2) {
        min-width: 9rem;
        white-space: normal;
      }
      th button {
        min-width: 5rem;
      }
    `,
  ];
}

export { AccessCard as Card };

customElements.get("face-module-access") || customElements.define("face-module-access", AccessCard);
