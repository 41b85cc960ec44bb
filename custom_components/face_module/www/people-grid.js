/** The tiles of people, of whom only those in view are in memory. */

import { LitElement, createRef, html, ref, repeat } from "./lit.js";
import { fire, shared, text } from "./common.js";
import { listPeople, wordsOf } from "./people-api.js";
import { PAGE, PageWindow, ROW, ROWS, columnsIn, inView, moved } from "./people-logic.js";
import { grid } from "./people-style.js";
import { TEXTS } from "./people-texts.js";
import { tile } from "./people-tile.js";

/** @import { Hass } from "./common.js" */
/** @import { Module, Person } from "./people-logic.js" */

/** A page is asked for when scrolling has paused so long; ms. */
const PAUSE = 120;

/**
 * Fires `person-chosen` with a `Person`, `counted` with how many there are, and `failed`
 * with words, or "" when it is fine again.
 */
export class PeopleGrid extends LitElement {
  static properties = {
    hass: { attribute: false },
    module: { attribute: false },
    found: { attribute: false },
    expected: { attribute: false },
    _columns: { state: true },
    _top: { state: true },
    _focus: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** @type {Module | undefined} */
    this.module = undefined;
    /** Who was found; null: everybody. @type {Person[] | null} */
    this.found = null;
    /** How many there may be, until that is known. @type {number | null} */
    this.expected = null;
    this._columns = 3;
    this._top = 0;
    this._focus = 0;
    this._window = new PageWindow();
    this._loading = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    // The tile that the keys led to is not there yet.
    this._seeking = false;
    // What was asked for an older module or list is not shown.
    this._turn = 0;
    this._scroller = createRef();
    this._observer = new ResizeObserver(([entry]) => {
      this._columns = columnsIn(entry.contentRect.width);
    });
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.hasUpdated) this._watch();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._observer.disconnect();
    clearTimeout(this._timer);
  }

  firstUpdated() {
    this._watch();
  }

  _watch() {
    this._observer.observe(this._box);
    this._load();
  }

  get _box() {
    return /** @type {HTMLElement} */ (this._scroller.value);
  }

  /** How many people are in memory. */
  get held() {
    return this.found ? this.found.length : this._window.held;
  }

  get total() {
    return this.found ? this.found.length : (this._window.total ?? this.expected ?? 0);
  }

  get _view() {
    return inView(this._top, ROW * ROWS, this._columns, this.total);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("module")) {
      const before = /** @type {Module | undefined} */ (changed.get("module"));
      if (before?.entryId !== this.module?.entryId) {
        this._window = new PageWindow();
        this._turn += 1;
        this._loading = false;
        this._home();
        if (this.hasUpdated) this._later();
      }
    }
    if (changed.has("found")) {
      this._home();
      if (this.hasUpdated && !this.found) this._later();
    }
  }

  updated() {
    if (this._seeking) this._refocus();
  }

  _home() {
    [this._top, this._focus] = [0, 0];
    if (this._box) this._box.scrollTop = 0;
  }

  /** Read anew what is in view; what is there stays until then. */
  async refresh() {
    this._turn += 1;
    this._loading = false;
    const old = this._window;
    this._window = new PageWindow();
    this._window.total = old.total;
    await this._load(old);
  }

  render() {
    const { first, last } = this._view;
    const rows = Math.ceil(this.total / this._columns);
    const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
    const height = Math.min(ROWS, rows) * ROW;
    const style = `height:${rows * ROW}px;padding-top:${(first / this._columns) * ROW}px;`;
    const columns = `grid-template-columns:repeat(${this._columns},minmax(0,1fr))`;
    return html`<div
      class="scroller"
      style="height:${height}px"
      tabindex="-1"
      @scroll=${this._scrolled}
      @keydown=${this._key}
      @focusin=${this._focused}
      ${ref(this._scroller)}
    >
      <ul class="grid" style=${style + columns}>
        ${repeat(
          indexes,
          (index) => index,
          (index) => this._tile(index),
        )}
      </ul>
    </div>`;
  }

  /** @param {number} index */
  _tile(index) {
    return tile({
      person: this.found ? this.found[index] : this._window.at(index),
      index,
      total: this.total,
      reached: index === this._tabStop,
      loading: text(this.hass, TEXTS)("loading"),
      choose: (person) => fire(this, "person-chosen", person),
    });
  }

  /** The one tile that the Tab key reaches; the arrow keys reach the others. */
  get _tabStop() {
    const { first, last } = this._view;
    return Math.max(first, Math.min(last, this._focus));
  }

  /** @param {FocusEvent} event */
  _focused(event) {
    const { index } = /** @type {HTMLElement} */ (event.target).dataset;
    if (!index) return;
    this._focus = Number(index);
    this._seeking = false;
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const to = moved(event.key, this._focus, this._columns, this.total);
    if (to === null) return;
    event.preventDefault();
    const box = this._box;
    // Until the tile is there the keys are heard here.
    box.focus({ preventScroll: true });
    this._focus = to;
    this._seeking = true;
    const top = Math.floor(to / this._columns) * ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW > box.scrollTop + ROW * ROWS) box.scrollTop = top - ROW * (ROWS - 1);
    this._top = box.scrollTop;
    this.requestUpdate();
  }

  _refocus() {
    const here = this.shadowRoot?.activeElement === this._box;
    /** @type {HTMLElement | null} */
    const tile = this.renderRoot.querySelector(`button[data-index="${this._focus}"]`);
    // Whoever went elsewhere meanwhile stays there.
    if (!here) this._seeking = false;
    else tile?.focus({ preventScroll: true });
  }

  _scrolled() {
    this._top = this._box.scrollTop;
    this._later();
  }

  _later() {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._load(), PAUSE);
  }

  /**
   * Load what is in view, page by page.
   * @param {PageWindow} [shown] what is shown until the first page is there
   */
  async _load(shown) {
    const { hass, module } = this;
    if (!hass || !module || this._loading || this.found) return;
    const turn = this._turn;
    const target = this._window;
    if (shown) this._window = shown;
    this._loading = true;
    try {
      for (;;) {
        const { first, last } = this._view;
        const page = target.missing(first, last);
        if (page === null) break;
        const answer = await listPeople(hass, module.entryId, page * PAGE, PAGE);
        if (turn !== this._turn) return;
        target.put(answer, this._view.first, this._view.last);
        this._show(target);
      }
      fire(this, "failed", "");
    } catch (err) {
      if (turn === this._turn) fire(this, "failed", await wordsOf(hass, err));
    } finally {
      if (turn === this._turn) {
        this._loading = false;
        this._window = target;
      }
    }
  }

  /** @param {PageWindow} target */
  _show(target) {
    this._window = target;
    this.requestUpdate();
    fire(this, "counted", this.total);
  }

  static styles = [shared, grid];
}

customElements.get("face-module-people-grid") ||
  customElements.define("face-module-people-grid", PeopleGrid);
