/** A long list as it scrolls: rows of a fixed height, of which only those in view are there. */

import { LitElement, createRef, html, ref, repeat } from "./lit.js";
import { fire } from "./common.js";
import { PAGE, PageWindow, inView, moved } from "./pages.js";

/** @import { Hass } from "./common.js" */
/** @import { Page } from "./pages.js" */

/** A page is asked for when scrolling has paused so long; ms. */
const PAUSE = 120;

/**
 * Fires `counted` with how many there are, and `failed` with what went wrong, or null
 * when it is fine again. Whoever extends it says what a page and a cell is; the button of
 * a cell has its index as `data-index`, and is reached by the Tab key if it is `tabStop`.
 * @template T
 */
export class Paged extends LitElement {
  static properties = {
    hass: { attribute: false },
    _columns: { state: true },
    _top: { state: true },
    _focus: { state: true },
  };

  /** @param {number} row height of one, px @param {number} rows how many are in view */
  constructor(row, rows) {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    this.row = row;
    this.rows = rows;
    this._columns = 1;
    this._top = 0;
    this._focus = 0;
    /** @type {PageWindow<T>} */
    this._window = new PageWindow();
    this._loading = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    // The cell that the keys led to is not there yet.
    this._seeking = false;
    // What was asked for an older list is not shown.
    this._turn = 0;
    this._scroller = createRef();
    this._observer = new ResizeObserver(([entry]) => {
      this._columns = this.columnsIn(entry.contentRect.width);
    });
  }

  /** How many are beside each other. @param {number} _width px */
  columnsIn(_width) {
    return 1;
  }

  /**
   * Ask for a page; null: there is nobody to be asked.
   * @param {number} _offset
   * @param {number} _limit
   * @returns {Promise<Page<T>> | null}
   */
  page(_offset, _limit) {
    return null;
  }

  /** @param {number} _index @returns {unknown} an `li` */
  cell(_index) {
    return null;
  }

  /** How many there may be, until that is known. */
  get guessed() {
    return 0;
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

  /** How many are in memory. */
  get held() {
    return this._window.held;
  }

  get total() {
    return this._window.total ?? this.guessed;
  }

  /** @param {number} index */
  at(index) {
    return this._window.at(index);
  }

  get _view() {
    return inView(this._top, this.rows, this.row, this._columns, this.total);
  }

  updated() {
    if (this._seeking) this._refocus();
  }

  /** Begin anew with another list. */
  restart() {
    this._window = new PageWindow();
    this._turn += 1;
    this._loading = false;
    this.home();
  }

  home() {
    [this._top, this._focus] = [0, 0];
    if (this._box) this._box.scrollTop = 0;
    if (this.hasUpdated) this._later();
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
    const height = Math.min(this.rows, rows) * this.row;
    const above = (first / this._columns) * this.row;
    const style = `height:${rows * this.row}px;padding-top:${above}px;grid-auto-rows:${this.row}px;`;
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
          (index) => this.cell(index),
        )}
      </ul>
    </div>`;
  }

  /** The one cell that the Tab key reaches; the arrow keys reach the others. */
  get tabStop() {
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
    const rtl = getComputedStyle(this).direction === "rtl";
    // What is next stands to the left there.
    const key = (rtl && { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" }[event.key]) || event.key;
    const to = moved(key, this._focus, this._columns, this.total, this.rows);
    if (to === null) return;
    event.preventDefault();
    // Until the cell is there the keys are heard here.
    this._box.focus({ preventScroll: true });
    this._focus = to;
    this._seeking = true;
    this.reveal(to);
  }

  /** Scroll so far that one of them is in view. @param {number} index */
  reveal(index) {
    const { _box: box, row, rows } = this;
    const top = Math.floor(index / this._columns) * row;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + row > box.scrollTop + row * rows) box.scrollTop = top - row * (rows - 1);
    this._top = box.scrollTop;
    this.requestUpdate();
  }

  /** Let the keys go on at the cell where they were, or at the last one. */
  goOn() {
    this._focus = Math.max(0, Math.min(this._focus, this.total - 1));
    this._box.focus({ preventScroll: true });
    this._seeking = true;
    this.reveal(this._focus);
  }

  _refocus() {
    const here = this.shadowRoot?.activeElement === this._box;
    /** @type {HTMLElement | null} */
    const cell = this.renderRoot.querySelector(`button[data-index="${this._focus}"]`);
    // Whoever went elsewhere meanwhile stays there.
    if (!here) this._seeking = false;
    else cell?.focus({ preventScroll: true });
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
   * @param {PageWindow<T>} [shown] what is shown until the first page is there
   */
  async _load(shown) {
    if (this._loading) return;
    const turn = this._turn;
    const target = this._window;
    if (shown) this._window = shown;
    this._loading = true;
    try {
      for (;;) {
        const { first, last } = this._view;
        const page = target.missing(first, last);
        const asked = page === null ? null : this.page(page * PAGE, PAGE);
        if (!asked) break;
        const answer = await asked;
        if (turn !== this._turn) return;
        target.put(answer, this._view.first, this._view.last);
        this._show(target);
      }
      fire(this, "failed", null);
    } catch (error) {
      if (turn === this._turn) fire(this, "failed", error);
    } finally {
      if (turn === this._turn) {
        this._loading = false;
        this._window = target;
      }
    }
  }

  /** @param {PageWindow<T>} target */
  _show(target) {
    this._window = target;
    this.requestUpdate();
    fire(this, "counted", this.total);
  }
}
