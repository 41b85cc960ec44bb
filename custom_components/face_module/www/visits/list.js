/** The visits of the book, the latest first; only those in view are in memory. */

import { html } from "../shared/lit.js";
import { fire, longTime, percent } from "../shared/common.js";
import { Paged } from "../shared/paged.js";
import { text } from "../shared/texts.js";
import { Feed } from "../shared/visits.js";
import { icon } from "../live/icons.js";
import { nameOf, sourceOf, verdictOf } from "../live/view.js";
import { search } from "./logic.js";
import { Part } from "./part.js";

/** @import { Visit } from "../shared/visits.js" */
/** @import { PageWindow } from "../shared/paged.js" */
/** @import { Query } from "./logic.js" */

const ROW = 64;
const ROWS = 8;
/** What happens at doors is shown so often at most; ms. */
const CALM = 1_000;

/**
 * Fires `visit-chosen` with an index, `moved` with how far the indexes moved because
 * somebody came, and what `Paged` does.
 * @extends {Paged<Visit>}
 */
export class VisitList extends Paged {
  static properties = {
    ...Paged.properties,
    query: { attribute: false },
    doors: { attribute: false },
  };

  constructor() {
    super(ROW, ROWS);
    /** @type {Query} */
    this.query = {};
    /** The names of the modules by the ids of their entries. @type {Map<string, string>} */
    this.doors = new Map();
    /** @type {Feed | undefined} */
    this._feed = undefined;
    // It is read anew because of who came.
    this._coming = false;
    this._news = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("query")) this.restart();
    if (!this._feed && this.isConnected && this.hass) this._listen(this.hass);
  }

  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this._news);
    this._feed?.stop();
    this._feed = undefined;
  }

  /** @param {import("../shared/common.js").Hass} hass */
  _listen({ connection }) {
    let heard = false;
    const message = { type: "face_module/visits/subscribe", limit: 1 };
    const told = () => {
      clearTimeout(this._news);
      // The first thing that is told is what is there.
      if (heard) this._news = setTimeout(() => this._refreshed(), CALM);
      heard = true;
    };
    this._feed = new Feed(connection, message, told, () => undefined);
  }

  /** Show who came; what was in view stays there, unless it is the top. */
  async _refreshed() {
    const before = this.total;
    this._coming = true;
    await this.refresh();
    this._coming = false;
    const more = this.total - before;
    if (!more || !this._box.scrollTop) return;
    await this.updateComplete;
    this._box.scrollTop += more * this.row;
  }

  /** Whoever has one open never sees another in between. @param {PageWindow<Visit>} target */
  _show(target) {
    const before = this.total;
    super._show(target);
    if (this._coming && this.total !== before) fire(this, "moved", this.total - before);
  }

  /** @param {number} offset @param {number} limit */
  page(offset, limit) {
    return this.hass ? search(this.hass, this.query, offset, limit) : null;
  }

  /** @param {number} index */
  cell(index) {
    const { hass, total } = this;
    const visit = this.at(index);
    const said = text(hass, "live");
    if (visit === null) return html`<li></li>`;
    if (!visit) {
      return html`<li class="bones">
        <span class="thumb"></span><span class="bone"></span>
        <span class="sr">${said("loading")}</span>
      </li>`;
    }
    const { image_url, verdict, late, wrong } = visit;
    const source = hass && sourceOf(hass, said, visit);
    const doors = [this.doors.get(visit.entry_id) ?? "", source];
    const door = doors.filter(Boolean).join(" · ");
    const score = verdict === "unknown" ? "" : percent(visit.score);
    return html`<li aria-setsize=${total} aria-posinset=${index + 1}>
      <button
        class="visit"
        aria-haspopup="dialog"
        data-index=${index}
        tabindex=${index === this.tabStop ? 0 : -1}
        @click=${() => fire(this, "visit-chosen", index)}
      >
        <span class="thumb">
          ${image_url
            ? html`<img src=${image_url} alt="" loading="lazy" />`
            : html`<span class="blank">${icon("person")}</span>`}
          ${icon(late ? "unknown" : verdict)}
        </span>
        <span class="who ${wrong === null ? "" : "wrong"}">${nameOf(said, visit)}</span>
        <span class="sr">${verdictOf(said, visit)}</span>
        <span class="score quiet">${score}</span>
        <span class="when quiet">${longTime(hass, visit.time)}</span>
        <span class="door quiet">${door}</span>
      </button>
    </li>`;
  }

  static styles = Part.styles;
}

customElements.get("face-module-visits-list") ||
  customElements.define("face-module-visits-list", VisitList);
