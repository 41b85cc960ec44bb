/** Long lists of which only the pages in view are in memory. */

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
