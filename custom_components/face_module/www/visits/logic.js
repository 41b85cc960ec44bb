/** What the visit book asks Home Assistant (docs/websocket.md), and what it computes. */

import { ask } from "../people/api.js";

/**
 * @import { Hass } from "../shared/common.js"
 * @import { Page } from "../shared/paged.js"
 * @import { Visit } from "../shared/visits.js"
 * @typedef {import("../live/config.js").Module} Module
 * @typedef {{user_id: string, name: string}} Known
 * @typedef {{
 *   entry_ids?: string[], user_id?: string, name?: string, result?: string[],
 *   since?: string, until?: string
 * }} Query
 * @typedef {{
 *   date: string, first: string, last: string, visits: number, entry_ids: string[]
 * } & Known} Line
 * @typedef {[score: number, many: number][]} Counts
 * @typedef {{
 *   minimum_score: number | null, reason: string,
 *   suggestion: {threshold: number, lost: number, stopped: number, let_in: number} | null,
 *   right: Counts, wrong: Counts, rejected: Counts
 * } & Known} Scores
 */

/** @type {(hass: Hass, query: Query, offset: number, limit: number) => Promise<Page<Visit>>} */
export async function search(hass, query, offset, limit) {
  const { count, visits } = await ask(hass, "visits/search", { ...query, offset, limit });
  return { total: count, offset, items: visits };
}

// Times without a zone are Home Assistant's: a day has 23 to 25 hours there.
const MIDNIGHT = "T00:00:00";

/** What follows a day or a month. @param {string} one "2026-11-29" or "2026-11" @param {number} [many] */
export function after(one, many = 1) {
  const date = new Date(one);
  if (one.length > 7) date.setUTCDate(date.getUTCDate() + many);
  else date.setUTCMonth(date.getUTCMonth() + many);
  return date.toISOString().slice(0, one.length);
}

/** The times of a day or a month. @param {string} one */
export function within(one) {
  const first = (/** @type {string} */ some) => some.padEnd(10, "-01") + MIDNIGHT;
  return { since: first(one), until: first(after(one)) };
}

/** @param {string} month */
export function daysOf(month) {
  const days = [];
  for (let day = `${month}-01`; day.startsWith(month); day = after(day)) days.push(day);
  return days;
}

/** Which day it is there. @param {string | undefined} timeZone @param {number} [now] */
export const dayNow = (timeZone, now = Date.now()) =>
  new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(now);

/** Which month it is there. @param {string | undefined} timeZone @param {number} [now] */
export const monthNow = (timeZone, now = Date.now()) => dayNow(timeZone, now).slice(0, 7);

/** @param {Known} one */
export const keyOf = ({ user_id, name }) => JSON.stringify([user_id, name]);

/**
 * Everybody of a month with their days, by name.
 * @param {Line[]} lines
 * @param {string} language
 */
export function byPerson(lines, language) {
  /** @type {Map<string, {name: string, visits: number, days: Map<string, Line>}>} */
  const found = new Map();
  for (const line of lines) {
    const name = line.name || line.user_id;
    const one = found.get(keyOf(line)) ?? { name, visits: 0, days: new Map() };
    one.days.set(line.date, line);
    one.visits += line.visits;
    found.set(keyOf(line), one);
  }
  return [...found.values()].sort((one, two) => one.name.localeCompare(two.name, language));
}

/** How many there are, of some scores. @param {Counts} counts @param {(score: number) => boolean} [of] */
export const count = (counts, of = () => true) =>
  counts.reduce((sum, [score, many]) => (of(score) ? sum + many : sum), 0);

/**
 * What a threshold (%) would have done: right and wrong visits rejected, rejected ones let in.
 * @param {Pick<Scores, "right" | "wrong" | "rejected">} scores
 * @param {number} threshold
 */
export const outcome = ({ right, wrong, rejected }, threshold) => ({
  lost: count(right, (score) => score < threshold),
  stopped: count(wrong, (score) => score < threshold),
  let_in: count(rejected, (score) => score >= threshold),
});
