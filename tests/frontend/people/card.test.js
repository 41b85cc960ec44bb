/** What the people card computes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import "../dom.js";
import {
  ROW,
  ROWS,
  about,
  byPerson,
  columnsIn,
  failures,
  grouped,
  initials,
  jobWords,
  obstacle,
  runsOut,
} from "../../../custom_components/face_module/www/people/logic.js";
import {
  PAGE,
  PageWindow,
  inView,
  moved,
} from "../../../custom_components/face_module/www/shared/paged.js";
import { Jobs } from "../../../custom_components/face_module/www/people/ears.js";
import { modulesOf, wordsOf } from "../../../custom_components/face_module/www/people/api.js";
import { load, text } from "../../../custom_components/face_module/www/shared/texts.js";
import { Connection, settled } from "../connection.js";

await load("people", "en");

const person = (index) => ({ user_id: `p${index}`, name: `Person ${index}` });
const page = (number, total = 50_000, count = PAGE) => ({
  total,
  offset: number * PAGE,
  items: Array.from({ length: count }, (_, index) => person(number * PAGE + index)),
});

test("at most two pages are in memory, those that are in view", () => {
  const people = new PageWindow();
  assert.equal(people.missing(0, 29), 0);
  people.put(page(0), 0, 29);
  assert.equal(people.missing(0, 29), null);
  assert.equal(people.missing(40, 69), 1);
  people.put(page(1), 40, 69);
  assert.equal(people.held, 100);
  people.put(page(500), 25_000, 25_029);
  assert.equal(people.held, 100);
  assert.deepEqual([...people.pages.keys()].sort(), [1, 500]);
  people.put(page(501), 25_040, 25_069);
  assert.deepEqual([...people.pages.keys()].sort(), [500, 501]);
  assert.equal(people.at(25_050).user_id, "p25050");
  assert.equal(people.at(0), undefined);
});

test("a page that is shorter than told is loaded all the same", () => {
  const people = new PageWindow();
  people.put(page(0, 60, 49), 0, 29);
  assert.equal(people.at(49), null);
  assert.equal(people.missing(0, 59), 1);
  people.put(page(1, 60, 10), 30, 59);
  assert.equal(people.missing(0, 59), null);
  assert.equal(people.held, 59);
});

test("an empty module is asked once", () => {
  const people = new PageWindow();
  assert.equal(people.missing(0, -1), 0);
  people.put(page(0, 0, 0), 0, -1);
  assert.equal(people.missing(0, -1), null);
});

test("what is in view never touches a third page", () => {
  for (const width of [200, 288, 320, 500, 800, 1_200, 4_000]) {
    const columns = columnsIn(width);
    for (let top = 0; top < 40 * ROW; top += 37) {
      const { first, last } = inView(top, ROWS, ROW, columns, 50_000);
      assert.equal(first % columns, 0);
      const pages = Math.floor(last / PAGE) - Math.floor(first / PAGE) + 1;
      assert.ok(pages <= 2, `${width} px at ${top}: ${first}–${last}`);
    }
  }
  assert.deepEqual(inView(0, 4, ROW, 3, 0), { first: 0, last: -1 });
  assert.deepEqual(inView(9_000, 4, ROW, 3, 4), { first: 3, last: 3 });
});

test("keys move within the grid", () => {
  assert.equal(moved("ArrowRight", 0, 3, 10, ROWS), 1);
  assert.equal(moved("ArrowLeft", 0, 3, 10, ROWS), 0);
  assert.equal(moved("ArrowDown", 8, 3, 10, ROWS), 9);
  assert.equal(moved("ArrowUp", 8, 3, 10, ROWS), 5);
  assert.equal(moved("End", 0, 3, 50_000, ROWS), 49_999);
  assert.equal(moved("Home", 9, 3, 10, ROWS), 0);
  assert.equal(moved("Enter", 0, 3, 10, ROWS), null);
});

test("initials of any writing", () => {
  assert.equal(initials("Anna"), "A");
  assert.equal(initials(" anna maria klein "), "AK");
  assert.equal(initials("陈伟"), "陈");
  assert.equal(initials("😀 b"), "😀B");
  assert.equal(initials(""), "");
});

test("modules that say the same are one line", () => {
  const modules = [
    { entryId: "a", name: "Door" },
    { entryId: "b", name: "Garage" },
  ];
  const verdict = (entry_id, verdict) => ({ entry_id, verdict, message: "" });
  assert.deepEqual(grouped([verdict("a", "good"), verdict("b", "good")], modules), [
    { verdict: verdict("a", "good"), modules: [] },
  ]);
  const two = grouped([verdict("a", "good"), verdict("b", "no_face")], modules);
  assert.deepEqual(
    two.map((one) => one.modules),
    [["Door"], ["Garage"]],
  );
});

test("what keeps a picture from being saved", () => {
  const of = (...verdicts) => verdicts.map((verdict) => ({ verdict }));
  assert.equal(obstacle([], false), null);
  assert.equal(obstacle(of("good", "error"), false), null);
  assert.equal(obstacle(of("no_face"), true), "no_face");
  assert.equal(obstacle(of("no_face", "good"), false), null);
  assert.equal(obstacle(of("good", "looks_like"), false), "looks_like");
  assert.equal(obstacle(of("good", "looks_like"), true), null);
  assert.equal(obstacle(of("poor_picture"), false), null);
});

test("a module that never knew somebody did nothing wrong", () => {
  const lines = [{ ok: true }, { ok: false, key: "user_unknown" }, { ok: false, key: "x" }];
  assert.deepEqual(failures(lines), [lines[2]]);
});

test("modules are those with entities of ours, by name", () => {
  const hass = {
    entities: {
      "light.kitchen": { entity_id: "light.kitchen", platform: "hue", device_id: "h" },
      "sensor.b": {
        entity_id: "sensor.b",
        platform: "face_module",
        device_id: "b",
        translation_key: "enrolled_users",
      },
      "image.a": { entity_id: "image.a", platform: "face_module", device_id: "a" },
      "image.c": { entity_id: "image.c", platform: "face_module", device_id: "gone" },
      "sensor.p": { entity_id: "sensor.p", platform: "face_module", device_id: "person" },
    },
    devices: {
      a: { id: "a", name: "Zoo", name_by_user: "Attic", primary_config_entry: "entry_a" },
      b: { id: "b", name: "Barn", config_entries: ["entry_b"] },
      person: { id: "person", name: "Anna", primary_config_entry: "entry_a", entry_type: "service" },
    },
  };
  assert.deepEqual(modulesOf(hass), [
    { entryId: "entry_a", deviceId: "a", name: "Attic", count: null },
    { entryId: "entry_b", deviceId: "b", name: "Barn", count: "sensor.b" },
  ]);
});

test("errors are told in the user's language, or as they came", async () => {
  const problem = {
    message: "English",
    translation_domain: "face_module",
    translation_key: "no_face",
    translation_placeholders: { log: "x" },
  };
  const hass = (localize) => ({ loadBackendTranslation: async () => localize });
  const told = await wordsOf(
    hass((key, values) => `${key} ${values.log}`),
    problem,
  );
  assert.equal(told, "component.face_module.exceptions.no_face.message x");
  assert.equal(await wordsOf(hass(() => ""), problem), "English");
  const broken = {
    loadBackendTranslation: async () => {
      throw new Error("gone");
    },
  };
  assert.equal(await wordsOf(broken, problem), "English");
  assert.equal(await wordsOf({}, problem), "English");
  assert.equal(await wordsOf({}, { error: "HTTP" }), "HTTP");
  assert.equal(await wordsOf({}, "lost"), "lost");
  // So Home Assistant's frontend says that the connection is gone.
  const lost = { type: "result", error: { code: 3, message: "Connection lost" } };
  assert.equal(await wordsOf({ language: "zh-Hans" }, lost), "Home Assistant 没有响应。");
  const typed = { code: "invalid_format", message: "hour must be in 0..23" };
  assert.equal(
    await wordsOf({ language: "zh-Hans" }, typed),
    "填写的内容有误：hour must be in 0..23",
  );
});

test("all lines of a report are in the user's language, though the frontend says that what it loads is there", async () => {
  let asked = false;
  const localize = (known) => (key) => (known ? "没有找到人脸" : undefined);
  const loadBackendTranslation = async () => {
    if (asked) return localize(false);
    asked = true;
    await new Promise((done) => setTimeout(done, 1));
    return localize(true);
  };
  const hass = { language: "zh-Hans", loadBackendTranslation };
  const problem = { message: "No face", translation_domain: "face_module", translation_key: "no_face" };
  const lines = await Promise.all([1, 2, 3].map(() => wordsOf(hass, problem)));
  assert.deepEqual(lines, Array(3).fill("没有找到人脸"));
});

test("jobs are heard of again after a restart, and what ran before is forgotten", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const connection = new Connection();
  const told = [];
  const jobs = new Jobs((some) => told.push(some.map((job) => job.job_id).join()));
  jobs.start({ connection });
  await settled();
  connection.tell({ job_id: "1", finished: false });

  connection.refuse = true;
  connection.dispatchEvent(new Event("ready"));
  await settled();
  assert.deepEqual(told, ["1", ""], "it does not run any more");
  connection.refuse = false;
  t.mock.timers.tick(1_000);
  await settled();
  connection.tell({ job_id: "2", finished: true });
  t.mock.timers.tick(15_000);
  assert.deepEqual(told, ["1", "", "2", ""]);

  jobs.stop();
  connection.tell({ job_id: "1", finished: false });
  assert.equal(told.at(-1), "");
});

test("a job that ends while its card is away is not left at its last number", async () => {
  const connection = new Connection();
  /** @type {any[]} */
  let now = [];
  let ended = 0;
  const jobs = new Jobs((some, finished) => {
    now = some;
    ended += Number(finished);
  });
  jobs.start({ connection });
  await settled();
  connection.tell({ job_id: "1", done: 30, total: 100, finished: false });
  jobs.stop();
  assert.deepEqual(now, []);
  jobs.start({ connection });
  await settled();
  const end = { job_id: "1", done: 100, total: 100, finished: true, report: true };
  connection.tell(end);
  assert.deepEqual([now, ended], [[end], 1]);
  // It stays until its report is dismissed, here or elsewhere.
  connection.tell({ ...end, report: false });
  assert.deepEqual([now, ended], [[], 1]);
  jobs.stop();
});

test("two jobs are told beside each other", async () => {
  const connection = new Connection();
  let now = [];
  const jobs = new Jobs((some) => (now = some.map((job) => job.done)));
  jobs.start({ connection });
  await settled();
  connection.tell({ job_id: "1", done: 1 });
  connection.tell({ job_id: "2", done: 2 });
  connection.tell({ job_id: "1", done: 3 });
  assert.deepEqual(now, [3, 2]);
  jobs.stop();
});

test("a job is said in words: sent, done, and counts that are true", () => {
  const t = text({ language: "en" }, "people");
  const job = {
    ...{ job_id: "1", kind: "import", entry_ids: ["a"], files: 4, received: 1 },
    ...{ total: 0, done: 0, added: 0, replaced: 0, unchanged: 0, failed: 0 },
    ...{ cancelled: false, finished: false, report: false },
  };
  assert.equal(jobWords(t, job), "Import: 1 of 4 files sent");
  assert.equal(jobWords(t, { ...job, total: 4, done: 2 }), "Import: 2 of 4");
  const done = { ...job, total: 4, done: 4, added: 3, unchanged: 1, finished: true };
  assert.equal(
    jobWords(t, done),
    "Import finished: 3 added, 0 replaced, 1 unchanged, 0 failed",
  );
  const sync = { ...done, kind: "sync" };
  assert.equal(jobWords(t, sync), "Synchronization finished: 4 of 4, 0 failed");
  const compared = { ...sync, dry_run: true };
  assert.equal(jobWords(t, compared), "Comparison finished: 4 of 4, 0 failed");
});

test("who failed on several modules is one line, with the same words once", async () => {
  const modules = [
    { entryId: "a", deviceId: "d1", name: "Door", count: null },
    { entryId: "b", deviceId: "d2", name: "Garage", count: null },
  ];
  const line = (person, device_id, message) => ({
    ...{ person, device_id, message, name: "Ben", source: "Ben.jpg", named: true },
    ...{ user_id: "ben", picture: device_id === "d2", translation_key: "user_exists" },
  });
  const groups = await byPerson(async ({ message }) => message, [
    line(3, "d1", "no"),
    line(3, "d2", "no"),
    line(4, "d1", "one"),
    line(4, "d2", "two"),
    { ...line(null, null, "file"), named: false },
    line(null, null, "other"),
  ]);
  assert.deepEqual(
    groups.map(({ words }) => words(modules)),
    ["no", "Door: one Garage: two", "file", "other"],
  );
  const [first, , file] = groups;
  assert.deepEqual([first.devices, first.picture, first.known], [["d1", "d2"], true, "Ben"]);
  assert.equal(file.known, "");
});

test("a line of the report names whom it is about once", () => {
  const t = text({ language: "en" }, "people");
  assert.equal(about(t, "notes.txt", "notes.txt is no picture."), "notes.txt is no picture.");
  assert.equal(about(t, "Anna", "The module finds no face."), "Anna: The module finds no face.");
  assert.equal(about(t, "An", "Anna is somebody else."), "An: Anna is somebody else.");
});

test("what runs out is said, and who is a guest", () => {
  const t = text({ language: "en" }, "people");
  const now = Date.parse("2026-11-29T20:00:00+01:00");
  const in_ = (minutes) => new Date(now + minutes * 60_000).toISOString();
  const left = (access, language = "en") =>
    runsOut(t, language, { guest: true, visits: null, end: null, ...access }, now);
  assert.equal(left({ visits: 1, end: in_(5) }), "1 visit left");
  assert.equal(left({ visits: 3 }), "3 visits left");
  assert.equal(left({ visits: 0 }), "Over");
  assert.equal(left({ end: in_(0) }), "Over");
  assert.equal(left({ end: in_(59.5) }), "60 min");
  assert.equal(left({ end: in_(59.5) }, "zh-Hans"), "60分钟");
  assert.equal(left({ end: in_(24 * 60) }), "24 hr");
  assert.equal(left({ end: in_(3 * 24 * 60) }), "Guest");
  assert.equal(left({ guest: false }), "", "times of the week do not run out");
});
