/** The people card's dialog, for somebody who came; loaded when an administrator asks. */

import { html, nothing } from "../shared/lit.js";
import { languageOf, load, text } from "../shared/texts.js";

/**
 * @typedef {import("../shared/common.js").Hass} Hass
 * @typedef {import("../people/api.js").VisitOf} VisitOf
 * @typedef {import("../people/logic.js").Person} Person
 * @typedef {import("../shared/visits.js").Visit} Visit
 */

export class Enroller {
  /** @param {() => void} changed what to call when the dialog opens or closes */
  constructor(changed) {
    this._changed = changed;
    this._shown =
      /** @type {{entryId: string, visit: VisitOf | null, name: string, person?: Person} | undefined} */ (
        undefined
      );
    this._api = /** @type {typeof import("../people/api.js") | undefined} */ (undefined);
    this._deleted = /** @type {unknown} */ (undefined);
    this.close = (/** @type {Event | undefined} */ event = undefined) => {
      // It is of that dialog, not of the visit's below it.
      event?.stopPropagation();
      this._shown = undefined;
      this._changed();
    };
  }

  /**
   * Enroll who came; whoever is enrolled gets this picture, or is only looked at.
   * @param {Visit} visit
   * @param {Hass} hass
   * @param {boolean} [about]
   */
  async open({ entry_id, visit_id, name, user_id }, hass, about = false) {
    const words = load("people", languageOf(hass));
    await Promise.all([words, import("../people/enroll.js"), import("../people/details.js")]);
    this._api = await import("../people/api.js");
    const { people } = user_id
      ? await this._api.searchPeople(hass, entry_id, user_id)
      : { people: [] };
    const person = people.find((one) => one.user_id === user_id);
    if (about && !person) throw new Error(text(hass, "people")("not_there"));
    const visit = about ? null : { entry_id, visit_id };
    this._shown = { entryId: entry_id, visit, name, person };
    this._changed();
  }

  /** @param {Hass} hass */
  dialog(hass) {
    if (!this._api) return nothing;
    const modules = this._api.modulesOf(hass);
    if (!this._shown) {
      return html`<face-module-people-undo
        .hass=${hass}
        .modules=${modules}
        .deleted=${this._deleted}
      ></face-module-people-undo>`;
    }
    const { entryId, visit, name, person } = this._shown;
    if (person) {
      return html`<face-module-people-details
        .hass=${hass}
        .modules=${modules}
        .module=${modules.find((one) => one.entryId === entryId)}
        .person=${person}
        .visit=${visit}
        @person-deleted=${(/** @type {CustomEvent} */ { detail }) => (this._deleted = detail)}
        @closed=${this.close}
      ></face-module-people-details>`;
    }
    return html`<face-module-people-enroll
      .hass=${hass}
      .modules=${modules}
      .visit=${visit}
      .name=${name}
      @closed=${this.close}
    ></face-module-people-enroll>`;
  }
}
