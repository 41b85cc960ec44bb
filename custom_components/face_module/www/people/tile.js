/** The tile of a person. */

import { html, nothing } from "../shared/lit.js";
import { languageOf, text } from "../shared/texts.js";
import { initials, runsOut } from "./logic.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Person } from "./logic.js" */

/**
 * @param {{
 *   person: Person | null | undefined, index: number, total: number, reached: boolean,
 *   hass: Hass | undefined, choose: (person: Person) => void
 * }} values undefined: not loaded yet, null: nobody is there any more
 */
export function tile({ person, index, total, reached, hass, choose }) {
  if (person === null) return html`<li></li>`;
  if (!person) {
    return html`<li class="skeleton">
      <span class="face"></span><span class="label"></span>
      <span class="sr">${text(hass, "people")("loading")}</span>
    </li>`;
  }
  return html`<li aria-setsize=${total} aria-posinset=${index + 1}>
    <button
      class="tile"
      data-index=${index}
      tabindex=${reached ? 0 : -1}
      @click=${() => choose(person)}
    >
      <span class="face" aria-hidden="true">${face(person, "")}</span>
      ${badge(hass, person)}
      <span class="label">${person.name}</span>
    </button>
  </li>`;
}

/**
 * Of those who may not always enter whether they may now, and what runs out.
 * @param {Hass | undefined} hass
 * @param {Person} person
 */
function badge(hass, { access }) {
  if (!access || access.mode === "always") return nothing;
  const left = runsOut(text(hass, "people"), languageOf(hass), access);
  return html`<span class="mark ${access.may_enter ? "good" : "bad-line"}"></span>
    ${left ? html`<span class="left">${left}</span>` : nothing}
    <span class="sr">${access.text}</span>`;
}

/**
 * The picture, and the initials until it is there, or if it cannot be had.
 * @param {Person} person
 * @param {string} alt
 */
export function face({ name, picture }, alt) {
  return html`<span aria-hidden="true">${initials(name)}</span>${picture
      ? html`<img
          loading="lazy"
          decoding="async"
          width="84"
          height="84"
          alt=${alt}
          src=${picture}
          @error=${shown(false)}
          @load=${shown(true)}
        />`
      : nothing}`;
}

/**
 * Show a picture, or uncover the initials.
 * @param {boolean} there
 */
const shown = (there) => (/** @type {Event} */ event) => {
  /** @type {HTMLElement} */ (event.target).hidden = !there;
};
