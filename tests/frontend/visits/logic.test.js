/** What the visit book computes. */

import "../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";

const www = "../../../custom_components/face_module/www";
const { after, byPerson, daysOf, monthNow, outcome, within } = await import(`${www}/visits/logic.js`);

test("days and months follow each other, over years and leap days", () => {
  assert.equal(after("2026-12-31"), "2027-01-01");
  assert.equal(after("2028-02-28"), "2028-02-29");
  assert.equal(after("2026-12"), "2027-01");
  assert.equal(after("2026-01", -1), "2025-12");
  assert.deepEqual(daysOf("2028-02").slice(-1), ["2028-02-29"]);
  assert.equal(daysOf("2026-11").length, 30);
});

test("a day is one of Home Assistant's, however many hours it has", () => {
  // No zone: the server takes its own.
  assert.deepEqual(within("2026-10-25"), {
    since: "2026-10-25T00:00:00",
    until: "2026-10-26T00:00:00",
  });
  assert.deepEqual(within("2026-12"), {
    since: "2026-12-01T00:00:00",
    until: "2027-01-01T00:00:00",
  });
  const new_year = Date.parse("2026-12-31T23:30:00Z");
  assert.equal(monthNow("Asia/Shanghai", new_year), "2027-01");
  assert.equal(monthNow("America/New_York", new_year), "2026-12");
});

test("two people of one name are two in a month", () => {
  const line = (user_id, name, date, visits) => ({ user_id, name, date, visits });
  const people = byPerson([
    line("2", "Ben", "2026-11-01", 1),
    line("1", "Anna", "2026-11-01", 2),
    line("3", "Ben", "2026-11-01", 4),
    line("1", "Anna", "2026-11-02", 8),
  ]);
  assert.deepEqual(
    people.map(({ name, visits, days }) => [name, visits, days.size]),
    [
      ["Anna", 10, 2],
      ["Ben", 1, 1],
      ["Ben", 4, 1],
    ],
  );
});

test("who came in a month is sorted as the user's language sorts", () => {
  const lines = ["王芳", "陈伟"].map((name) => ({ user_id: name, name, date: "1", visits: 1 }));
  const names = (language) => byPerson(lines, language).map(({ name }) => name);
  assert.deepEqual(names("zh-Hans"), ["陈伟", "王芳"]);
  assert.deepEqual(names("en"), ["王芳", "陈伟"]);
});

test("a threshold rejects what is below it, and nothing else", () => {
  const scores = { right: [[80, 5], [90, 10]], wrong: [[79, 2]], rejected: [[60, 1], [80, 3]] };
  assert.deepEqual(outcome(scores, 80), { lost: 0, stopped: 2, let_in: 3 });
  assert.deepEqual(outcome(scores, 81), { lost: 5, stopped: 2, let_in: 0 });
  assert.deepEqual(outcome(scores, 0), { lost: 0, stopped: 0, let_in: 4 });
});
