/** The tile of a person. */

import { html, nothing } from "./lit.js";
import { initials } from "./people-logic.js";

/** @import { Person } from "./people-logic.js" */

/**
 * @param {{
 *   person: Person | null | undefined, index: number, total: number, reached: boolean,
 *   loading: string, choose: (person: Person) => void
 * }} values undefined: not loaded yet, null: nobody is there any more
 */
export function tile({ person, index, total, reached, loading, choose }) {
  if (person === null) return html`<li></li>`;
  if (!person) {
    return html`<li class="skeleton">
      <span class="face"></span><span class="label"></span>
      <span class="sr">${loading}</span>
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
      <span class="label">${person.name}</span>
    </button>
  </li>`;
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
