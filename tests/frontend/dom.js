/** The little that Lit asks of a browser when it is loaded. Import it first. */

import { readFile } from "node:fs/promises";

/** Files that a module fetches beside itself are read. @param {URL} url */
globalThis.fetch = async (url) => new Response(await readFile(url));

const page = /** @type {any} */ (globalThis);
page.HTMLElement ??= class {};
page.document ??= {
  documentElement: { lang: "en" },
  createTreeWalker: () => ({}),
  createComment: () => ({}),
  adoptedStyleSheets: [],
};
page.Document ??= class {};
page.CSSStyleSheet ??= class {};
page.ShadowRoot ??= class {};
page.addEventListener ??= () => undefined;
