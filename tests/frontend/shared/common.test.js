/** What both cards say in the same way. */

import "../dom.js";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const www = "../../../custom_components/face_module/www";
const { percent, relativeTime } = await import(`${www}/shared/common.js`);

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
  assert.equal(ago(3, "zh-Hans"), "刚刚");
});

test("scores are whole percents, written as Home Assistant does in the user's language", () => {
  const { documentElement: page } = document;
  for (const [lang, words] of [["en", "97%"], ["zh-Hans", "97%"], ["de", "97 %"], ["fr-CA", "97 %"]]) {
    page.lang = lang;
    assert.equal(percent(96.6), words, lang);
  }
  page.lang = "en";
});

test("a wall tablet that cannot mix colors has others", () => {
  const folder = new URL("../../../custom_components/face_module/www/", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  let mixed = 0;
  for (const file of files.filter((name) => name.endsWith(".js"))) {
    const lines = readFileSync(new URL(file, folder), "utf8").split("\n");
    lines.forEach((line, at) => {
      const [, name] = line.match(/^\s*([\w-]+): color-mix\(/) ?? [];
      if (!name) return;
      mixed += 1;
      // Said before in another way, or only where it is known.
      const before = lines.slice(0, at);
      const asked = before.findLast((one) => /@supports|^  \}$/.test(one)) ?? "";
      assert.ok(lines[at - 1].includes(`${name}: `) || asked.includes("@supports"), `${file}: ${line}`);
    });
  }
  assert.ok(mixed >= 3);
});
