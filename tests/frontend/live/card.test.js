/** What the live card decides, without a browser. */

import "../dom.js";
import assert from "node:assert/strict";
import { test } from "node:test";

const www = "../../../custom_components/face_module/www";
const { longTime, shortTime, errorText } = await import(`${www}/shared/common.js`);
const { sourceOf, words } = await import(`${www}/live/view.js`);
const { checked, chosen, stub, trouble } = await import(`${www}/live/config.js`);

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

test("errors are in the words of whoever noticed", () => {
  assert.equal(errorText(new Error("no")), "no");
  assert.equal(errorText({ code: "x", message: "Front door does not answer." }), "Front door does not answer.");
  assert.equal(errorText({ body: { message: "bad" }, message: "400" }), "bad");
  assert.equal(errorText(undefined), "?");
  assert.equal(errorText({ error: { code: 3, message: "Connection lost" } }), "Connection lost");
});

const MODULES = [
  { entry_id: "1", device_id: "d1", entities: { recognition: "event.one" } },
  { entry_id: "2", device_id: "d2", entities: { recognition: "event.two", rgb_led: "switch.two" } },
];

test("any entity or the device names the module, and without both it is the first", () => {
  assert.equal(chosen(MODULES, { entity: "switch.two" })?.entry_id, "2");
  assert.equal(chosen(MODULES, { device_id: "d2" })?.entry_id, "2");
  // What the editor sets counts.
  assert.equal(chosen(MODULES, { device_id: "d2", entity: "event.one" })?.entry_id, "1");
  assert.equal(chosen(MODULES, {})?.entry_id, "1");
  assert.equal(chosen(MODULES, { entity: "sun.sun" }), undefined);
  assert.equal(chosen([], {}), undefined);
});

test("a configuration is checked before it is believed", () => {
  assert.equal(checked({}).visits, 8);
  assert.equal(checked({ visits: 0 }).visits, 0);
  for (const visits of [-1, 21, 1.5, "8", NaN]) assert.throws(() => checked({ visits }), /visits/);
  assert.throws(() => checked({ entity: ["event.one"] }), /entity/);
  assert.deepEqual(checked({}).hide, []);
  assert.deepEqual(checked({ hide: ["chips", "ask"] }).hide, ["chips", "ask"]);
  assert.throws(() => checked({ hide: ["face"] }), /hide/);
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

test("a visit says which camera saw it, and nothing when the module did", () => {
  const hass = { states: { "camera.doorbell": { attributes: { friendly_name: "Doorbell" } } } };
  const t = (key) => key;
  assert.equal(sourceOf(hass, t, { source: "camera.doorbell" }), "Doorbell");
  assert.equal(sourceOf(hass, t, { source: "camera.gone" }), "camera.gone");
  assert.equal(sourceOf(hass, t, { source: "picture" }), "source_picture");
  assert.equal(sourceOf(hass, t, { source: null }), null);
  const visit = { name: "Anna", verdict: "recognized", score: 97, last_seen: new Date() };
  const said = (source) => JSON.stringify(words(hass, t, { ...visit, source }, false, false));
  assert.match(said("camera.doorbell"), / · Doorbell"/);
  assert.doesNotMatch(said(null), /Doorbell/);
});

test("a stranger is told with how often they came", () => {
  const t = (key, values) => [key, values?.count].join(" ").trim();
  const hass = { language: "en", locale: { language: "en" }, config: { time_zone: "UTC" } };
  const visit = { verdict: "unknown", first_seen: "2026-11-25T10:00:00Z", last_seen: new Date() };
  const said = (count) => JSON.stringify(words(hass, t, { ...visit, times_seen: count }, false, false));
  assert.match(said(3), /times 3/);
  assert.doesNotMatch(said(1), /times/);
});

test("of a module that is not set up nobody knows whether somebody came", () => {
  const said = (away) => JSON.stringify(words({}, (key) => key, undefined, false, away)) ?? "";
  assert.match(said(false), /nobody_yet/);
  assert.doesNotMatch(said(true), /nobody_yet/);
});
