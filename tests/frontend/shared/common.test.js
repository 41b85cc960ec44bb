/** What both cards say in the same way. */

import "../dom.js";
import assert from "node:assert/strict";
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
});

test("scores are whole percents", () => {
  assert.equal(percent(96.6), "97 %");
});
