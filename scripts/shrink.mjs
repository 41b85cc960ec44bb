/**
 * What of our scripts no browser needs and no tool takes out: scripts/release has files
 * rewritten, `node scripts/shrink.mjs styles|lines FILE ...`; the tests weigh the same.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** Leave out of styles comments, and spaces around what separates. @param {string} code */
export const styles = (code) =>
  code.replace(/css`([^`]*)`/g, (_, style) => {
    const plain = style.replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ");
    const dense = plain.replace(/([;:{},]) /g, "$1").replace(/ ([{}])/g, "$1");
    return `css\`${dense.replaceAll(";}", "}")}\``;
  });

/**
 * Leave out the line breaks of templates, which mean no more than a space; of what is minified,
 * and not of lit, which is not ours.
 * @param {string} code @param {string} file
 */
export const lines = (code, file) =>
  basename(file) === "lit.js" ? code : code.replace(/\n\s*/g, " ");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , what, ...files] = process.argv;
  const shrink = { styles, lines }[what];
  for (const file of files) writeFileSync(file, shrink(readFileSync(file, "utf8"), file));
}
