/**
 * What the visit book of the card shows of a day and its month, for a test in Python
 * (tests/visits/test_asking_the_book.py). Asks by lines of JSON and reads the answers;
 * the last line is what is shown. Home Assistant's time zone and the day are arguments.
 */

import "../dom.js";
import { createInterface } from "node:readline/promises";

globalThis.customElements ??= { get: () => undefined, define: () => undefined };
const www = "../../../custom_components/face_module/www";
const { byPerson, search, within } = await import(`${www}/visits/logic.js`);
const { VisitAttendance } = await import(`${www}/visits/attendance.js`);
const { load } = await import(`${www}/shared/texts.js`);

const [timeZone, day] = process.argv.slice(2);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const hass = {
  language: "en",
  locale: { language: "en", time_zone: "local", time_format: "24" },
  config: { time_zone: timeZone },
  async callWS(message) {
    tell(message);
    return JSON.parse((await answers.next()).value);
  },
};

const modules = await hass.callWS({ type: "face_module/modules" });
const doors = new Map(modules.map(({ entry_id, title }) => [entry_id, title]));

/** The rows of the table. @param {{user_id?: string, name?: string}} query */
async function attendance(query) {
  const card = new VisitAttendance();
  Object.assign(card, { hass, query, doors, _month: day.slice(0, 7) });
  card._table = (heads, rows, foot) => ({ heads, rows, foot });
  const { lines } = await card._ask();
  const shown = query.user_id === undefined ? card._everybody(lines) : card._somebody(lines);
  return { ...shown, people: byPerson(lines).map(({ name, visits }) => [name, visits]) };
}

await load("visits", "en");
const recognized = { ...within(day), result: ["recognized"] };
tell({
  visits: (await search(hass, recognized, 0, 50)).items.map((visit) => visit.visit_id),
  everybody: await attendance({}),
  anna: (await attendance({ user_id: "anna", name: "Anna" })).rows,
});
process.exit();
