/** The little that Lit asks of a browser when it is loaded. Import it first. */

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
