// What lit.js is made of (scripts/vendor-lit), and its types.
export { LitElement, html, css, svg, nothing } from "lit";
export type { TemplateResult } from "lit";
export { repeat } from "lit/directives/repeat.js";
export { ref, createRef } from "lit/directives/ref.js";
