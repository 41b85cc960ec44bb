/** What a browser has to load of a release, where comments, spaces and long names are left out. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { transformSync } from "esbuild";
import { lines, styles } from "../../../scripts/shrink.mjs";

const WWW = resolve(import.meta.dirname, "../../../custom_components/face_module/www");
// Bytes, each file gzipped by itself.
const LIVE_CARD = 35_000;
const EVERYTHING = 80_000;
const IMPORT = /^(?:import|export) (?:[^;]*? from )?"(\.[^"]*)";/gm;

/** @param {string} file */
function weight(file) {
  // As scripts/release makes it.
  const options = { minify: true, charset: /** @type {const} */ ("utf8") };
  const { code } = transformSync(styles(readFileSync(file, "utf8")), options);
  return gzipSync(lines(code, file)).length;
}

/** @param {Iterable<string>} files */
const heavy = (files) => [...files].reduce((sum, file) => sum + weight(file), 0);

/** What is loaded with a file at once, not what it loads later. @param {string[]} names */
function loadedWith(...names) {
  const found = new Set();
  const left = names.map((name) => join(WWW, name));
  for (let file = left.pop(); file; file = left.pop()) {
    if (!found.has(file)) {
      found.add(file);
      for (const [, other] of readFileSync(file, "utf8").matchAll(IMPORT)) {
        left.push(join(dirname(file), other));
      }
    }
  }
  return found;
}

test("the live card and all cards together are light", () => {
  const live = loadedWith("face-module.js", "live/card.js");
  const names = [...live].map((file) => relative(WWW, file));
  assert(names.includes("shared/lit.js") && names.includes("live/view.js"), `${names}`);
  assert(!names.some((name) => name.startsWith("people/")), `${names}`);
  const all = readdirSync(WWW, { recursive: true, encoding: "utf8" });
  const scripts = all.filter((name) => name.endsWith(".js")).map((name) => join(WWW, name));
  const sizes = { live: heavy(live), everything: heavy(scripts) };
  console.log(`bytes of JavaScript, gzipped: ${JSON.stringify(sizes)}`);
  assert(sizes.live <= LIVE_CARD && sizes.everything <= EVERYTHING, JSON.stringify(sizes));
});
