/** What the people card computes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  PAGE,
  PageWindow,
  ROW,
  ROWS,
  columnsIn,
  failures,
  grouped,
  inView,
  initials,
  moved,
  nameOfFile,
  obstacle,
} from "../../custom_components/face_module/www/people-logic.js";
import { Jobs } from "../../custom_components/face_module/www/people-ears.js";
import { modulesOf, wordsOf } from "../../custom_components/face_module/www/people-api.js";
import { TEXTS } from "../../custom_components/face_module/www/people-texts.js";
import { Connection, settled } from "./connection.js";

const person = (index) => ({ user_id: `p${index}`, name: `Person ${index}` });
const page = (number, total = 50_000, count = PAGE) => ({
  total,
  offset: number * PAGE,
  people: Array.from({ length: count }, (_, index) => person(number * PAGE + index)),
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
      const { first, last } = inView(top, ROW * ROWS, columns, 50_000);
      assert.equal(first % columns, 0);
      const pages = Math.floor(last / PAGE) - Math.floor(first / PAGE) + 1;
      assert.ok(pages <= 2, `${width} px at ${top}: ${first}–${last}`);
    }
  }
  assert.deepEqual(inView(0, 600, 3, 0), { first: 0, last: -1 });
  assert.deepEqual(inView(9_000, 600, 3, 4), { first: 3, last: 3 });
});

test("keys move within the grid", () => {
  assert.equal(moved("ArrowRight", 0, 3, 10), 1);
  assert.equal(moved("ArrowLeft", 0, 3, 10), 0);
  assert.equal(moved("ArrowDown", 8, 3, 10), 9);
  assert.equal(moved("ArrowUp", 8, 3, 10), 5);
  assert.equal(moved("End", 0, 3, 50_000), 49_999);
  assert.equal(moved("Home", 9, 3, 10), 0);
  assert.equal(moved("Enter", 0, 3, 10), null);
});

test("initials of any writing", () => {
  assert.equal(initials("Anna"), "A");
  assert.equal(initials(" anna maria klein "), "AK");
  assert.equal(initials("陈伟"), "陈");
  assert.equal(initials("😀 b"), "😀B");
  assert.equal(initials(""), "");
});

test("a file's name is a person's, a camera's is not", () => {
  assert.equal(nameOfFile("Anna Klein.jpg"), "Anna Klein");
  assert.equal(nameOfFile("anna_klein.tar.png"), "anna klein.tar");
  assert.equal(nameOfFile("陈伟.jpeg"), "陈伟");
  assert.equal(nameOfFile("Dscott.jpg"), "Dscott");
  for (const file of ["IMG_2041.jpg", "PXL_20260101.jpg", "20260101_1200.jpg", "image.jpg"]) {
    assert.equal(nameOfFile(file), "", file);
  }
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
    },
    devices: {
      a: { id: "a", name: "Zoo", name_by_user: "Attic", primary_config_entry: "entry_a" },
      b: { id: "b", name: "Barn", config_entries: ["entry_b"] },
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
});

test("both languages have the same words and places", () => {
  const { en, "zh-Hans": zh } = TEXTS;
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  const places = (words) => [...words.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(en)) {
    assert.deepEqual([...new Set(places(zh[key]))], [...new Set(places(en[key]))], key);
  }
});

test("jobs are heard of again after a restart, and what ran before is forgotten", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const connection = new Connection();
  const told = [];
  const jobs = new Jobs((job) => told.push(job));
  jobs.start({ connection });
  await settled();
  const running = { job_id: "1", finished: false };
  connection.tell(running);

  connection.refuse = true;
  connection.dispatchEvent(new Event("ready"));
  await settled();
  assert.deepEqual(told, [running, null], "it does not run any more");
  connection.refuse = false;
  t.mock.timers.tick(1_000);
  await settled();
  const done = { job_id: "2", finished: true };
  connection.tell(done);
  t.mock.timers.tick(15_000);
  assert.deepEqual(told, [running, null, done, null]);

  jobs.stop();
  connection.tell(running);
  connection.dispatchEvent(new Event("ready"));
  assert.equal(told.length, 4);
});
