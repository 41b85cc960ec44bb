/** What the live card decides, without a browser. */

import "./dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection, settled } from "./connection.js";

const www = "../../custom_components/face_module/www";
const { percent, relativeTime, text } = await import(`${www}/common.js`);
const { longTime, shortTime, errorText } = await import(`${www}/format.js`);
const { checked, chosen, stub, trouble } = await import(`${www}/live-config.js`);
const { TEXTS } = await import(`${www}/live-texts.js`);
const { Feed, applied } = await import(`${www}/visits.js`);

const visit = (visit_id, time, more = {}) => ({
  visit_id,
  time: `2026-11-25T10:00:0${time}+00:00`,
  ...more,
});
const ids = (visits) => visits.map((one) => one.visit_id).join("");

test("both languages have the same texts with the same values", () => {
  const values = (words) => [...words.matchAll(/\{\w+\}/g)].map(String).sort();
  assert.deepEqual(Object.keys(TEXTS.en), Object.keys(TEXTS["zh-Hans"]));
  for (const [key, words] of Object.entries(TEXTS.en)) {
    assert.deepEqual(values(TEXTS["zh-Hans"][key]), values(words), key);
  }
});

test("texts are in the user's language, and a name is never a pattern", () => {
  const table = { en: { hello: "Hello {name}!" }, "zh-Hans": { hello: "{name}，你好！" } };
  assert.equal(text({ language: "de" }, table)("hello", { name: "$& {name}" }), "Hello $& {name}!");
  assert.equal(text({ language: "zh-Hans" }, table)("hello", { name: "伟" }), "伟，你好！");
  assert.equal(text({ language: "zh-Hant" }, table)("other"), "other");
  assert.equal(text(undefined, table)("hello"), "Hello {name}!");
});

test("a visit is put on top, an upgraded one replaces itself", () => {
  let visits = applied([], { type: "visits", visits: [visit("b", 2), visit("a", 1)] }, 3);
  visits = applied(visits, { type: "visit", visit: visit("c", 3) }, 3);
  assert.equal(ids(visits), "cba");
  visits = applied(visits, { type: "visit", visit: visit("b", 2, { name: "Ben" }) }, 3);
  assert.equal(ids(visits), "cba");
  assert.equal(visits[1].name, "Ben");
  visits = applied(visits, { type: "visit", visit: visit("d", 4) }, 3);
  assert.equal(ids(visits), "dcb");
  visits = applied(visits, { type: "deleted", visit_ids: ["c", "x"] }, 3);
  assert.equal(ids(visits), "db");
  assert.equal(ids(applied(visits, { type: "of a later release" }, 3)), "db");
});

test("times are relative, and never in the future", () => {
  const now = Date.parse("2026-11-25T10:00:00Z");
  const ago = (seconds, language = "en") =>
    relativeTime({ language }, new Date(now - seconds * 1000).toISOString(), now);
  assert.equal(ago(-30), "now");
  assert.equal(ago(9), "now");
  assert.equal(ago(25), "25 seconds ago");
  assert.equal(ago(119), "1 minute ago");
  assert.equal(ago(7_200), "2 hours ago");
  assert.equal(ago(86_400), "yesterday");
  assert.equal(ago(120, "zh-Hans"), "2分钟前");
});

test("times are in the zone and the form that the user chose", () => {
  const server = (time_format) => ({
    language: "en",
    locale: { language: "en", time_zone: "server", time_format },
    config: { time_zone: "Asia/Shanghai" },
  });
  const now = Date.parse("2026-11-25T10:00:00Z");
  assert.equal(shortTime(server("24"), "2026-11-25T09:05:00Z", now), "17:05");
  assert.match(shortTime(server("12"), "2026-11-25T09:05:00Z", now), /^5:05\sPM$/);
  assert.equal(shortTime(server("24"), "2026-11-24T09:05:00Z", now), "Nov 24");
  assert.equal(longTime(server("24"), "2026-11-24T16:05:06Z"), "Nov 25, 2026, 00:05:06");
});

test("scores are whole percents", () => {
  assert.equal(percent(96.6), "97 %");
});

test("errors are in the words of whoever noticed", () => {
  assert.equal(errorText(new Error("no")), "no");
  assert.equal(errorText({ code: "x", message: "Front door does not answer." }), "Front door does not answer.");
  assert.equal(errorText({ body: { message: "bad" }, message: "400" }), "bad");
  assert.equal(errorText(undefined), "?");
});

const MODULES = [
  { entry_id: "1", device_id: "d1", entities: { recognition: "event.one" } },
  { entry_id: "2", device_id: "d2", entities: { recognition: "event.two", rgb_led: "switch.two" } },
];

test("any entity or the device names the module, and without both it is the first", () => {
  assert.equal(chosen(MODULES, { entity: "switch.two" })?.entry_id, "2");
  assert.equal(chosen(MODULES, { device_id: "d2", entity: "event.one" })?.entry_id, "2");
  assert.equal(chosen(MODULES, {})?.entry_id, "1");
  assert.equal(chosen(MODULES, { entity: "sun.sun" }), undefined);
  assert.equal(chosen([], {}), undefined);
});

test("a configuration is checked before it is believed", () => {
  assert.equal(checked({}).visits, 8);
  assert.equal(checked({ visits: 0 }).visits, 0);
  for (const visits of [-1, 21, 1.5, "8", NaN]) assert.throws(() => checked({ visits }), /visits/);
  assert.throws(() => checked({ entity: ["event.one"] }), /entity/);
});

test("the stub is the first event of ours", () => {
  const entity = (entity_id, platform) => ({ entity_id, platform });
  const entities = {
    a: entity("event.other", "other"),
    b: entity("switch.one", "face_module"),
    c: entity("event.one", "face_module"),
  };
  assert.deepEqual(stub({ entities }), { entity: "event.one" });
  assert.deepEqual(stub({ entities: {} }), {});
});

test("only open issues of this module are trouble, callbacks before all", () => {
  const issue = (key, entry, more = {}) => ({
    domain: "face_module",
    issue_id: `${key}_${entry}`,
    translation_key: key,
    ...more,
  });
  assert.equal(trouble([issue("https_only", "2")], "1"), undefined);
  assert.equal(trouble([issue("https_only", "1", { ignored: true })], "1"), undefined);
  assert.equal(trouble([issue("https_only", "1", { domain: "other" })], "1"), undefined);
  const password = issue("factory_password", "1");
  assert.equal(trouble([password], "1"), "trouble_password");
  assert.equal(trouble([password, issue("callback_taken", "1")], "1"), "trouble_callbacks");
  assert.equal(trouble([issue("person_not_restored", "1")], "1"), "trouble_other");
});

test("a feed comes back with the connection, also when it was refused first", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const connection = new Connection();
  const told = [];
  const errors = [];
  const feed = new Feed(
    connection,
    { type: "x" },
    (event) => told.push(event),
    (error) => errors.push(error.message),
  );
  await settled();
  connection.tell(1);
  const earlier = connection.tell;

  // Home Assistant restarts: it is there before the integration is.
  connection.refuse = true;
  connection.dispatchEvent(new Event("ready"));
  await settled();
  assert.deepEqual(errors, ["unknown command"]);
  t.mock.timers.tick(1_000);
  await settled();
  assert.equal(connection.tries, 3);
  connection.refuse = false;
  t.mock.timers.tick(2_000);
  await settled();
  connection.tell(2);
  earlier(3);
  assert.deepEqual(told, [1, 2], "what an earlier subscription says is ignored");
  assert.equal(connection.undone, 0, "ids of an earlier connection mean something else now");

  feed.stop();
  connection.tell(4);
  connection.dispatchEvent(new Event("ready"));
  await settled();
  assert.deepEqual([told, connection.undone, connection.tries], [[1, 2], 1, 4]);
});

test("a feed that is stopped before it began is undone", async () => {
  const connection = new Connection();
  new Feed(connection, {}, assert.fail, assert.fail).stop();
  await settled();
  assert.equal(connection.undone, 1);
});
