/**
 * Strangers, as a card and as a dialog of the people card: who came whom nobody knows, and
 * what the user says of them.
 */

import { LitElement, css, html, nothing, repeat } from "../shared/lit.js";
import { relativeTime, shared } from "../shared/common.js";
import { load, ready, text } from "../shared/texts.js";
import { ask, modulesOf, wordsOf } from "./api.js";
import { PeopleDialog } from "./dialog.js";
import "./enroll.js";
import { forms, grid } from "./style.js";
import "./who.js";

/** @import { Hass } from "../shared/common.js" */

/**
 * @typedef {{
 *   entry_id: string, stranger_id: string, first_seen: string, last_seen: string,
 *   times_seen: number, ignored: boolean, image_url: string
 * }} Stranger
 * @typedef {"" | "name" | "enroll" | "forget" | "merge"} Deed
 */

/** The list, with what can be done. */
class Strangers extends LitElement {
  static properties = {
    hass: { attribute: false },
    _list: { state: true },
    _chosen: { state: true },
    _deed: { state: true },
    _busy: { state: true },
    _error: { state: true },
  };

  constructor() {
    super();
    this.hass = /** @type {Hass} */ (/** @type {unknown} */ (undefined));
    /** Null until they are known. @type {Stranger[] | null} */
    this._list = null;
    /** With whom something is done, or was tried. @type {Stranger | undefined} */
    this._chosen = undefined;
    /** What is to be done with the chosen one. @type {Deed} */
    this._deed = "";
    this._busy = false;
    this._error = "";
    /** @type {string | undefined} */
    this._heard = undefined;
  }

  get t() {
    return text(this.hass, "people");
  }

  shouldUpdate() {
    return !!this.hass && ready(this.hass, "people", () => this.requestUpdate());
  }

  willUpdate() {
    // Somebody came, or a module is there (again).
    const heard = Object.values(this.hass.entities)
      .filter((one) => one?.platform === "face_module" && one.translation_key === "recognition")
      .map((one) => this.hass.states[one?.entity_id ?? ""]?.state)
      .join();
    if (this._heard !== heard) {
      this._heard = heard;
      void this._load();
    }
  }

  async _load() {
    try {
      this._list = (await ask(this.hass, "strangers/list", {})).strangers;
    } catch (error) {
      this._error = await wordsOf(this.hass, error);
    }
  }

  render() {
    const { t, _list: list } = this;
    return html`<p class="quiet">${t("strangers_words")}</p>
      ${this._where() < 0 ? this._problem() : nothing}
      <p role="status" class="quiet" tabindex="-1">
        ${list && !list.length ? t("no_strangers") : nothing}
      </p>
      <ul class="strangers">
        ${repeat(
          list ?? [],
          (one) => one.stranger_id,
          (one) => this._line(one),
        )}
      </ul>
      ${this._chosen && this._deed === "enroll" ? this._enroller(this._chosen) : nothing}`;
  }

  /** The place of the chosen one in the list. */
  _where() {
    const chosen = this._chosen?.stranger_id;
    return (this._list ?? []).findIndex((one) => one.stranger_id === chosen);
  }

  _problem() {
    return html`<div role="alert">
      ${this._error ? html`<p class="note bad">${this._error}</p>` : nothing}
    </div>`;
  }

  /** @param {Stranger} stranger */
  _words(stranger) {
    const when = relativeTime(this.hass, stranger.last_seen);
    const count = stranger.times_seen;
    return this.t(count === 1 ? "seen_once" : "seen_often", { count, when });
  }

  /** @param {Stranger} stranger */
  _line(stranger) {
    const { t } = this;
    const words = this._words(stranger);
    const modules = modulesOf(this.hass);
    const facts = [];
    if (modules.length > 1) {
      facts.push(modules.find((one) => one.entryId === stranger.entry_id)?.name);
    }
    if (stranger.times_seen > 1) {
      facts.push(t("seen_first", { when: relativeTime(this.hass, stranger.first_seen) }));
    }
    const chosen = this._chosen?.stranger_id === stranger.stranger_id;
    const mine = chosen && this._deed;
    return html`<li aria-label=${words} tabindex="-1">
      <span class="face"><img loading="lazy" alt="" src=${stranger.image_url} /></span>
      <div>
        <strong>${words}</strong>
        <span class="quiet">${facts.join(" · ")}</span>
        ${stranger.ignored ? html`<span class="quiet">${t("ignored")}</span>` : nothing}
        ${chosen ? this._problem() : nothing}
        ${mine && mine !== "enroll" ? this._asked(stranger, mine) : this._deeds(stranger)}
      </div>
    </li>`;
  }

  /** @param {Stranger} stranger */
  _deeds(stranger) {
    const { ignored } = stranger;
    const others = this._others(stranger).length;
    /** @type {(key: string, deed: () => unknown) => unknown} */
    const button = (key, deed) =>
      html`<button ?disabled=${this._busy} @click=${deed}>${this.t(key)}</button>`;
    const choose = (/** @type {Deed} */ deed) => () => this._choose(stranger, deed);
    return html`<div class="buttons">
      ${button("this_is", choose("name"))} ${button("enroll", choose("enroll"))}
      ${button(ignored ? "ignore_no_more" : "ignore", () =>
        this._do("ignore", stranger, { ignored: !ignored }),
      )}
      ${others ? button("merge", choose("merge")) : nothing} ${button("forget", choose("forget"))}
    </div>`;
  }

  /** @param {Stranger} stranger */
  _others({ entry_id, stranger_id }) {
    return (this._list ?? []).filter(
      (one) => one.entry_id === entry_id && one.stranger_id !== stranger_id,
    );
  }

  /** @param {Stranger} stranger @param {Deed} deed */
  _asked(stranger, deed) {
    const { t } = this;
    const cancel = html`<button @click=${() => this._rest()}>${t("cancel")}</button>`;
    if (deed === "forget") {
      return html`<p>${t("forget_sure")}</p>
        <div class="buttons">
          <button autofocus @click=${() => this._rest()}>${t("cancel")}</button>
          <button
            class="danger"
            ?disabled=${this._busy}
            @click=${() => this._do("forget", stranger)}
          >
            ${t("forget")}
          </button>
        </div>`;
    }
    if (deed === "name") {
      return html`<face-module-people-who
          .hass=${this.hass}
          .entryId=${stranger.entry_id}
          .busy=${this._busy}
          @picked=${(/** @type {CustomEvent<string>} */ { detail }) =>
            this._do("name", stranger, { user_id: detail })}
          @failed=${(/** @type {CustomEvent<string>} */ { detail }) => (this._error = detail)}
        ></face-module-people-who>
        <div class="buttons">${cancel}</div>`;
    }
    return html`<p id="merge">${t("merge_words")}</p>
      <ul class="buttons" aria-labelledby="merge">
        ${this._others(stranger).map(
          (one) => html`<li>
            <button
              class="other"
              ?disabled=${this._busy}
              aria-label=${this._words(one)}
              @click=${() => this._do("merge", stranger, { other_id: one.stranger_id })}
            >
              <span class="face"><img loading="lazy" alt="" src=${one.image_url} /></span>
            </button>
          </li>`,
        )}
      </ul>
      <div class="buttons">${cancel}</div>`;
  }

  /** @param {Stranger} stranger @param {Deed} deed */
  async _choose(stranger, deed) {
    [this._chosen, this._deed, this._error] = [stranger, deed, ""];
    await this.updateComplete;
    /** @type {HTMLElement | null} */
    const first = this.renderRoot.querySelector("[autofocus], .other");
    first?.focus();
  }

  /** Nothing is asked any more; whoever works with the keyboard stays in the list. */
  async _rest(at = this._where()) {
    [this._deed, this._error] = ["", ""];
    await this.updateComplete;
    const lines = this.renderRoot.querySelectorAll("[tabindex]");
    /** @type {HTMLElement | undefined} */ (lines[Math.min(at + 1, lines.length - 1)])?.focus();
  }

  /** @param {Stranger} stranger */
  _enroller(stranger) {
    const { entry_id, stranger_id } = stranger;
    return html`<face-module-people-enroll
      .hass=${this.hass}
      .modules=${modulesOf(this.hass)}
      .visit=${{ entry_id, stranger_id }}
      @taken=${(/** @type {CustomEvent<string>} */ { detail }) =>
        this._do("name", stranger, { user_id: detail }, false)}
      @closed=${(/** @type {Event} */ event) => {
        // It is of that dialog.
        event.stopPropagation();
        this._rest();
      }}
    ></face-module-people-enroll>`;
  }

  /**
   * @param {string} command
   * @param {Stranger} stranger
   * @param {object} [fields]
   * @param {boolean} [over] whether nothing is asked any more
   */
  async _do(command, stranger, fields = {}, over = true) {
    const { entry_id, stranger_id } = stranger;
    [this._busy, this._chosen, this._error] = [true, stranger, ""];
    if (command === "ignore") this._deed = "";
    const at = this._where();
    let error = "";
    try {
      await ask(this.hass, `strangers/${command}`, { entry_id, stranger_id, ...fields });
    } catch (problem) {
      error = await wordsOf(this.hass, problem);
    }
    await this._load();
    this._busy = false;
    if (error) this._error = error;
    else if (over) await this._rest(at);
  }

  static styles = [
    shared,
    forms,
    grid,
    css`
      ul {
        display: grid;
        gap: 16px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .strangers > li {
        display: flex;
        flex-wrap: wrap;
        gap: 12px;
      }
      li > div {
        display: grid;
        flex: 1 1 220px;
        gap: 8px;
        align-content: start;
        min-width: 0;
      }
      .buttons {
        display: flex;
        justify-content: start;
      }
      .other {
        padding: 0;
        border-radius: 50%;
      }
    `,
  ];
}

/** The list as a dialog of the people card. */
class StrangersDialog extends PeopleDialog {
  render() {
    return this.frame(
      this.t("strangers"),
      html`<div class="body">
        <face-module-strangers-list .hass=${this.hass}></face-module-strangers-list>
        <div class="buttons">
          <button class="primary" @click=${this.close}>${this.t("close")}</button>
        </div>
      </div>`,
    );
  }
}

/** The list as a card; for administrators. */
class StrangersCard extends LitElement {
  static properties = { hass: { attribute: false } };

  constructor() {
    super();
    void load("people");
    /** @type {Hass | undefined} */
    this.hass = undefined;
  }

  setConfig() {}

  shouldUpdate() {
    return !!this.hass && ready(this.hass, "people", () => this.requestUpdate());
  }

  render() {
    const t = text(this.hass, "people");
    return html`<section class="card" aria-labelledby="heading">
      <h2 id="heading">${t("strangers")}</h2>
      ${this.hass?.user?.is_admin
        ? html`<face-module-strangers-list .hass=${this.hass}></face-module-strangers-list>`
        : html`<p class="quiet">${t("admins_only")}</p>`}
    </section>`;
  }

  static styles = [shared];
}

export { StrangersCard as Card };

/** @type {[string, CustomElementConstructor][]} */
const ELEMENTS = [
  ["face-module-strangers-list", Strangers],
  ["face-module-strangers-dialog", StrangersDialog],
  ["face-module-strangers", StrangersCard],
];
for (const [tag, made] of ELEMENTS) customElements.get(tag) || customElements.define(tag, made);
