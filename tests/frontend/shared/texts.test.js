/** The words of the cards: complete in both languages, none unused, and never missing. */

import "../dom.js";
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const www = new URL("../../../custom_components/face_module/www/", import.meta.url);
const { listed, load, ready, text } = await import(`${www}shared/texts.js`);

/** Which files' words a folder's code speaks with. */
const SPEAK = { live: ["live", "face-module.js"], people: ["people"], visits: ["visits"] };

/** @param {string} name */
const words = async (name) => JSON.parse(await readFile(new URL(`texts/${name}`, www), "utf8"));

/** The code of folders and files, without comments. @param {string[]} names */
async function codeOf(names) {
  const paths = (await readdir(www, { recursive: true })).map((path) => path.replaceAll("\\", "/"));
  const ours = paths.filter((path) => path.endsWith(".js") && names.includes(path.split("/")[0]));
  const files = await Promise.all(ours.map((path) => readFile(new URL(path, www), "utf8")));
  return files.join("\n").replace(/\/\*\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}

for (const [part, names] of Object.entries(SPEAK)) {
  test(`${part}: both languages have the same words with the same places`, async () => {
    const [en, zh] = [await words(`${part}.en.json`), await words(`${part}.zh-Hans.json`)];
    const places = (/** @type {string} */ said) => [...new Set(said.match(/\{\w+\}/g))].sort();
    assert.deepEqual(Object.keys(zh), Object.keys(en));
    for (const key of Object.keys(en)) assert.deepEqual(places(zh[key]), places(en[key]), key);
  });

  test(`${part}: every word that is used is there, and every one that is there is used`, async () => {
    const keys = Object.keys(await words(`${part}.en.json`));
    const code = await codeOf(names);
    // t("key", …), and t(`beginning_${…}`): some key begins so.
    for (const [, key] of code.matchAll(/\bt\(\s*"(\w+)"/g)) assert.ok(keys.includes(key), key);
    const begins = [...code.matchAll(/`(\w+_)\$\{/g)].map(([, begin]) => begin);
    for (const [, begin] of code.matchAll(/\bt\(\s*`(\w+_)\$\{/g)) {
      assert.ok(keys.some((key) => key.startsWith(begin)), begin);
    }
    // t(`${key}_end`): it is named without its end.
    const ends = [...code.matchAll(/\$\{\w+\}(_\w+)`/g)].map(([, end]) => end);
    const named = (/** @type {string} */ key) =>
      new RegExp(`["\\s]${key}["\\s:,]`).test(code) ||
      begins.some((begin) => key.startsWith(begin)) ||
      ends.some((end) => key.endsWith(end) && named(key.slice(0, -end.length)));
    for (const key of keys) assert.ok(named(key), `${key} is not used`);
  });
}

test("what the visit book says in the live card's words is there", async () => {
  const keys = Object.keys(await words("live.en.json"));
  const said = [...(await codeOf(["visits"])).matchAll(/\bsaid\("(\w+)"/g)].map(([, key]) => key);
  assert.ok(said.length);
  for (const key of said) assert.ok(keys.includes(key), key);
});

test("texts are in the user's language, and a name is never a pattern", async () => {
  await Promise.all([load("live", "de"), load("live", "zh-Hant")]);
  assert.equal(text({ language: "de" }, "live")("picture_of", { name: "$& {name}" }), "Face of $& {name}");
  assert.equal(text({ language: "zh-Hans" }, "live")("picture_of", { name: "伟" }), "伟 的人脸");
  assert.equal(text(undefined, "live")("picture_of", {}), "Face of {name}");
});

test("what nobody wrote says at least what it is about", () => {
  const t = text({ language: "en" }, "live");
  assert.equal(t("not_there", { key: "visits" }), "not there visits");
});

test("a card waits for its words, and speaks without them when they do not come", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(console, "warn", () => undefined);
  const lost = t.mock.method(globalThis, "fetch", async () => new Response("", { status: 502 }));
  const hass = { language: "zh-Hans" };
  await new Promise((heard) => assert.ok(!ready(hass, "people", () => heard(undefined))));
  assert.ok(ready(hass, "people", () => assert.fail("is ready")));
  assert.equal(text(hass, "people")("give_up"), "give up");
  assert.equal(lost.mock.callCount(), 2, "Chinese and then English, once");

  // The proxy is back.
  lost.mock.restore();
  t.mock.timers.tick(5_000);
  text(hass, "people")("give_up");
  await load("people", "zh-Hans");
  assert.equal(text(hass, "people")("give_up"), "放弃");
});

test("names are a list as the page's language writes it", () => {
  const { lang } = document.documentElement;
  document.documentElement.lang = "zh-Hans";
  assert.equal(listed(["前门", "后门"]), "前门、后门");
  document.documentElement.lang = "en";
  assert.equal(listed(["Front", "Back"]), "Front, Back");
  document.documentElement.lang = lang;
});
