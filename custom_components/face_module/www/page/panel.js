/**
 * The page in the sidebar: what the strategy says, without a dashboard around it. It also
 * works in a browser that was open before there was a module, and loads the rest there.
 */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { fire, shared } from "../shared/common.js";
import { ready, text } from "../shared/texts.js";
import { views } from "./strategy.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Card, View } from "./strategy.js" */

import(new URL("../face-module.js", import.meta.url).href);

/** What the server calls the page in its own language, unless the user does otherwise. */
const OURS = ["", "Face module", "人脸识别"];
/** What the views depend on. */
const DEPENDS = /** @type {const} */ (["entities", "devices", "user", "locale", "language"]);

class FaceModulePage extends LitElement {
  static properties = {
    hass: { attribute: false },
    narrow: { type: Boolean },
    route: { attribute: false },
    panel: { attribute: false },
  };

  constructor() {
    super();
    /** @type {any} */
    this.hass = undefined;
    this.narrow = false;
    this.route = { prefix: "", path: "" };
    /** @type {{title?: string} | undefined} */
    this.panel = undefined;
    /** The tab that is open. @type {Element | null} */
    this._here = null;
    /** @type {View[]} */
    this._views = [];
    /** @type {Map<string, HTMLElement & {hass?: Hass}>} */
    this._cards = new Map();
  }

  shouldUpdate() {
    return !this.hass || ready(this.hass, "page", () => this.requestUpdate());
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const before = /** @type {any} */ (changed.get("hass"));
    if (this.hass && (!before || DEPENDS.some((key) => before[key] !== this.hass[key]))) {
      this._views = views(this.hass);
    }
    for (const card of this._cards.values()) card.hass = this.hass;
  }

  render() {
    const { hass } = this;
    if (!hass) return nothing;
    const t = text(hass, "page");
    const path = this.route?.path.split("/")[1];
    const shown = this._views.find((one) => one.path === path) ?? this._views[0];
    const menu = (this.narrow || hass.dockedSidebar === "always_hidden") && !hass.kioskMode;
    return html`<header>
        ${menu
          ? html`<button aria-label=${t("menu")} @click=${() => fire(this, "hass-toggle-menu")}>
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M3 6h18v2H3zm0 5h18v2H3zm0 5h18v2H3z" />
              </svg>
            </button>`
          : nothing}
        <h1>${OURS.includes(this.panel?.title ?? "") ? t("strategy") : this.panel?.title}</h1>
        ${this._views.length > 1
          ? html`<nav aria-label=${t("views")}>
              ${this._views.map(
                (one) => html`<a
                  href="${this.route.prefix}/${one.path}${location.search}"
                  aria-current=${one === shown ? "page" : nothing}
                  >${one.title}</a
                >`,
              )}
            </nav>`
          : nothing}
      </header>
      <main style="--columns: ${shown?.max_columns ?? 1}">
        ${shown?.sections.map(
          ({ cards }) => html`<section>${cards.map((card) => this._card(card))}</section>`,
        )}
      </main>`;
  }

  updated() {
    const here = this.renderRoot.querySelector("[aria-current]");
    if (here !== this._here) here?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this._here = here;
  }

  /** A card stays the same while the page changes around it. @param {Card} config */
  _card(config) {
    const key = JSON.stringify(config);
    const card = this._cards.get(key);
    if (card) return card;
    const tag = config.type.replace("custom:", "");
    customElements.whenDefined(tag).then(() => {
      if (this._cards.has(key)) return;
      const made = /** @type {any} */ (document.createElement(tag));
      made.setConfig(config);
      made.hass = this.hass;
      this._cards.set(key, made);
      this.requestUpdate();
    });
    return nothing;
  }

  static styles = [
    shared,
    css`
      :host {
        min-height: 100vh;
        background: var(--primary-background-color, #fafafa);
      }
      header {
        position: sticky;
        z-index: 2;
        top: 0;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        min-height: var(--header-height, 56px);
        padding: 0 12px;
        color: var(--app-header-text-color, #fff);
        background: var(--app-header-background-color, var(--fm-primary));
        border-bottom: var(--app-header-border-bottom, none);
      }
      h1 {
        margin-block: 0;
        margin-inline: 4px 24px;
        font-size: 1.25rem;
        font-weight: 400;
      }
      header button,
      a {
        color: inherit;
        background: none;
      }
      header button {
        padding: 0;
      }
      svg {
        width: 24px;
        fill: currentColor;
      }
      nav {
        display: flex;
        overflow-x: auto;
        scrollbar-width: none;
      }
      a {
        padding: 16px 12px;
        white-space: nowrap;
        text-decoration: none;
        border-block: 2px solid transparent;
      }
      a[aria-current] {
        border-bottom-color: currentColor;
      }
      header :focus-visible {
        outline-color: currentColor;
        outline-offset: -4px;
      }
      main {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr));
        gap: 16px;
        max-width: calc(var(--columns) * 560px);
        margin: 0 auto;
        padding: 16px;
      }
      section {
        display: grid;
        gap: 8px;
        align-content: start;
        min-width: 0;
      }
      @media (max-width: 600px) {
        main {
          padding: 8px;
        }
      }
    `,
  ];
}

customElements.get("face-module-page") ||
  customElements.define("face-module-page", FaceModulePage);
