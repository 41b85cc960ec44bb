/** What the people card computes: pages of people, rows of tiles, names and verdicts. */

/**
 * @typedef {{
 *   user_id: string, name: string, person: string | null,
 *   minimum_score: number | null, picture: string | null
 * }} Person
 * @typedef {{total: number, offset: number, people: Person[]}} Page
 * @typedef {{
 *   entry_id: string, verdict: "good" | "no_face" | "poor_picture" | "looks_like" | "error",
 *   name?: string, score?: number, message: string
 * }} Verdict
 * @typedef {{entryId: string, deviceId: string, name: string, count: string | null}} Module
 */

export const PAGE = 50;
/** So many are found at most. */
export const FOUND = 50;
/** Pages that are kept: those on both sides of a border that is in view. */
const PAGES = 2;
/** Height of a row of tiles, with its gap; px. */
export const ROW = 144;
const TILE = 88;
const COLUMNS = 10;
/** Rows in view. With one more that is half in view, and 10 columns: at most two pages. */
export const ROWS = 4;

/** The part of a long list that is in memory: at most two pages. */
export class PageWindow {
  constructor() {
    /** @type {number | null} */
    this.total = null;
    /** @type {Map<number, Person[]>} */
    this.pages = new Map();
  }

  /** How many people are in memory. */
  get held() {
    return [...this.pages.values()].reduce((sum, people) => sum + people.length, 0);
  }

  /**
   * Somebody; undefined: not loaded, null: loaded, but nobody is there any more.
   * @param {number} index
   * @returns {Person | null | undefined}
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
   * @param {Page} answer
   * @param {number} first
   * @param {number} last
   */
  put(answer, first, last) {
    this.total = answer.total;
    this.pages.set(answer.offset / PAGE, answer.people);
    const middle = (first + last) / 2 / PAGE - 0.5;
    const far = [...this.pages.keys()].sort(
      (one, two) => Math.abs(two - middle) - Math.abs(one - middle),
    );
    for (const page of far.slice(0, Math.max(0, far.length - PAGES))) {
      this.pages.delete(page);
    }
  }
}

/** How many tiles fit beside each other. @param {number} width px */
export const columnsIn = (width) =>
  Math.max(2, Math.min(COLUMNS, Math.floor(width / TILE)));

/**
 * The indexes of those who are in view, whole rows.
 * @param {number} top how far it is scrolled, px
 * @param {number} height px
 * @param {number} columns
 * @param {number} total
 */
export function inView(top, height, columns, total) {
  const first = Math.max(0, Math.floor(top / ROW)) * columns;
  const last = Math.min(total, Math.ceil((top + height) / ROW) * columns) - 1;
  return { first: Math.min(first, Math.max(0, last)), last };
}

/**
 * Where an arrow key leads to, null for any other key.
 * @param {string} key
 * @param {number} index
 * @param {number} columns
 * @param {number} total
 */
export function moved(key, index, columns, total) {
  /** @type {Record<string, number>} */
  const steps = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - columns,
    ArrowDown: index + columns,
    PageUp: index - columns * ROWS,
    PageDown: index + columns * ROWS,
    Home: 0,
    End: total - 1,
  };
  return key in steps ? Math.max(0, Math.min(total - 1, steps[key])) : null;
}

/** "Anna Klein" → "AK", "陈伟" → "陈". @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0] ?? "").join("").toLocaleUpperCase();
}

/** The name a file is called by; empty for what a camera called it. @param {string} file */
export function nameOfFile(file) {
  const stem = file.replace(/\.[^.]*$/, "").replace(/[_\s]+/g, " ").trim();
  const camera = /^(img|dsc|dscn|dscf|pxl|mvimg|image|photo|picture|screenshot|wx|mmexport)\b/i;
  return camera.test(stem) || !/\p{L}/u.test(stem) ? "" : stem;
}

/**
 * The verdicts in few lines: modules that say the same are one line, without names when
 * all do.
 * @param {Verdict[]} verdicts
 * @param {Module[]} modules
 * @returns {{verdict: Verdict, modules: string[]}[]}
 */
export function grouped(verdicts, modules) {
  /** @type {Map<string, {verdict: Verdict, modules: string[]}>} */
  const groups = new Map();
  for (const verdict of verdicts) {
    const key = JSON.stringify([verdict.verdict, verdict.name, verdict.message]);
    const group = groups.get(key) ?? { verdict, modules: [] };
    group.modules.push(modules.find((one) => one.entryId === verdict.entry_id)?.name ?? "");
    groups.set(key, group);
  }
  const found = [...groups.values()];
  return found.length > 1 ? found : found.map((one) => ({ ...one, modules: [] }));
}

/**
 * What keeps a picture from being saved: "no_face" when no module finds one, "looks_like"
 * as long as that is not allowed, else null.
 * @param {Verdict[]} verdicts
 * @param {boolean} allowed
 */
export function obstacle(verdicts, allowed) {
  if (verdicts.length && verdicts.every((one) => one.verdict === "no_face")) return "no_face";
  if (!allowed && verdicts.some((one) => one.verdict === "looks_like")) return "looks_like";
  return null;
}

/**
 * The lines of an answer about a person that went wrong; modules that never knew the
 * person did nothing wrong.
 * @template {{ok: boolean, key?: string | null}} Line
 * @param {Line[]} results
 */
export const failures = (results) =>
  results.filter((line) => !line.ok && line.key !== "user_unknown");
