/** Who was deleted last: for ten seconds it can be undone. */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { fire, shared } from "../shared/common.js";
import { listed, text } from "../shared/texts.js";
import { ask, wordsOf } from "./api.js";
import { failures } from "./logic.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Result } from "./api.js" */
/** @import { Module } from "./logic.js" */

/** @typedef {{name: string, undo: string | null}} Deleted */

/** ms. */
const OFFERED = 10_000;

/** A line at the edge of the page. Fires `people-changed` when somebody is back. */
export class PeopleUndo extends LitElement {
  static properties = {
    hass: { attribute: false },
    modules: { attribute: false },
    deleted: { attribute: false },
    _said: { state: true },
    _then: { state: true },
    _busy: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** @type {Module[]} */
    this.modules = [];
    /** @type {Deleted | null} */
    this.deleted = null;
    this._said = "";
    /** What can be done; what is wrong stays until it is closed. @type {"" | "undo" | "close"} */
    this._then = "";
    this._busy = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
  }

  get t() {
    return text(this.hass, "people");
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this._timer);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has("deleted") || !this.deleted) return;
    const { name, undo } = this.deleted;
    this._say(this.t(undo ? "deleted" : "deleted_for_good", { name }), undo ? "undo" : "");
  }

  /** @param {string} words @param {"" | "undo" | "close"} then */
  _say(words, then) {
    [this._said, this._then] = [words, then];
    clearTimeout(this._timer);
    if (then !== "close") this._timer = setTimeout(() => this._close(), OFFERED);
  }

  _close() {
    this._said = "";
  }

  updated() {
    /** @type {any} */
    const box = this.renderRoot.querySelector("[popover]");
    // Over everything, wherever the page was scrolled to; old browsers show it in its place.
    if (box && !box.matches(":popover-open")) box.showPopover?.();
  }

  render() {
    return html`<div role="status">
      ${this._said
        ? html`<div class="note" popover="manual">
            <span>${this._said}</span>
            ${this._then
              ? html`<button
                  aria-disabled=${this._busy}
                  @click=${this._then === "undo" ? this._undo : this._close}
                >
                  ${this.t(this._then)}
                </button>`
              : nothing}
          </div>`
        : nothing}
    </div>`;
  }

  async _undo() {
    const { hass, t } = this;
    const { name, undo } = /** @type {Deleted} */ (this.deleted);
    if (!hass || this._busy) return;
    this._busy = true;
    clearTimeout(this._timer);
    try {
      /** @type {{results: Result[]}} */
      const { results } = await ask(hass, "people/undo", { undo });
      const of = (/** @type {Result[]} */ some) =>
        some.map((one) => this.modules.find(({ entryId }) => entryId === one.entry_id)?.name ?? "");
      const later = of(results.filter(({ result }) => result === "waiting"));
      const wrong = failures(results);
      const words = [
        t("undone", { name }),
        ...(later.length ? [t("undone_later", { module: listed(later) })] : []),
        ...wrong.map((one) => t("on_module", { module: of([one])[0], text: one.error ?? "" })),
      ];
      this._say(words.join(" "), wrong.length ? "close" : "");
      fire(this, "people-changed");
    } catch (err) {
      this._say(await wordsOf(hass, err), "close");
    } finally {
      this._busy = false;
    }
  }

  static styles = [
    shared,
    css`
      .note {
        position: fixed;
        /* Home Assistant's own notes are below. */
        inset: auto 16px calc(96px + env(safe-area-inset-bottom));
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
        justify-content: space-between;
        width: fit-content;
        max-width: min(480px, calc(100vw - 32px));
        margin: 0 auto;
        color: var(--fm-text);
        background: var(--fm-card);
        border: 1px solid var(--fm-line);
        border-inline-start: 4px solid var(--fm-doubt);
        box-shadow: 0 2px 12px rgba(0, 0, 0, 0.3);
      }
    `,
  ];
}

customElements.get("face-module-people-undo") ||
  customElements.define("face-module-people-undo", PeopleUndo);
