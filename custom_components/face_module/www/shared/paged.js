/** A long list as it scrolls: rows of a fixed height, of which only those in view are there. */

import { LitElement, createRef, html, ref, repeat } from "./lit.js";
import { fire } from "./common.js";

/** @import { Hass } from "./common.js" */

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

/** @template T @typedef {{total: number, offset: number, items: T[]}} Page */

export const PAGE = 50;
/** Pages that are kept: those on both sides of a border that is in view. */
const PAGES = 2;

/** The part of a long list that is in memory: at most two pages. @template T */
export class PageWindow {
  constructor() {
    /** @type {number | null} */
    this.total = null;
    /** @type {Map<number, T[]>} */
    this.pages = new Map();
  }

  /** How many are in memory. */
  get held() {
    return [...this.pages.values()].reduce((sum, items) => sum + items.length, 0);
  }

  /**
   * One of them; undefined: not loaded, null: loaded, but not there any more.
   * @param {number} index
   * @returns {T | null | undefined}
   */
  at(index) {
    const page = this.pages.get(Math.floor(index / PAGE));
    return page && (page[index % PAGE] ?? null);
  }

  /**
   * The first page that is to be loaded for what is in view, null when all is there.
   * @param {number} first
   * @param {number} last
   */
  missing(first, last) {
    if (!this.pages.size) return Math.floor(first / PAGE);
    const end = Math.min(last, (this.total ?? Infinity) - 1);
    for (let page = Math.floor(first / PAGE); page * PAGE <= end; page += 1) {
      if (!this.pages.has(page)) return page;
    }
    return null;
  }

  /**
   * Keep a page, and of the others only the nearest to what is in view.
   * @param {Page<T>} answer
   * @param {number} first
   * @param {number} last
   */
  put(answer, first, last) {
    this.total = answer.total;
    this.pages.set(answer.offset / PAGE, answer.items);
    const middle = (first + last) / 2 / PAGE - 0.5;
    const far = [...this.pages.keys()].sort(
      (one, two) => Math.abs(two - middle) - Math.abs(one - middle),
    );
    for (const page of far.slice(0, Math.max(0, far.length - PAGES))) {
      this.pages.delete(page);
    }
  }
}

/**
 * The indexes of those who are in view, whole rows.
 * @param {number} top how far it is scrolled, px
 * @param {number} rows how many are in view
 * @param {number} row height of one, px
 * @param {number} columns
 * @param {number} total
 */
export function inView(top, rows, row, columns, total) {
  const first = Math.max(0, Math.floor(top / row)) * columns;
  const last = Math.min(total, Math.ceil(top / row + rows) * columns) - 1;
  return { first: Math.min(first, Math.max(0, last)), last };
}

/**
 * Where an arrow key leads to, null for any other key.
 * @param {string} key
 * @param {number} index
 * @param {number} columns
 * @param {number} total
 * @param {number} rows how many are in view
 */
export function moved(key, index, columns, total, rows) {
  /** @type {Record<string, number>} */
  const steps = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - columns,
    ArrowDown: index + columns,
    PageUp: index - columns * rows,
    PageDown: index + columns * rows,
    Home: 0,
    End: total - 1,
  };
  return key in steps ? Math.max(0, Math.min(total - 1, steps[key])) : null;
}
