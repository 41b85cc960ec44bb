/** The people card's dialog, for somebody who came; loaded when an administrator asks. */

import { html, nothing } from "../shared/lit.js";
import { languageOf, load } from "../shared/texts.js";

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
      /** @type {{visit: VisitOf, name: string, person?: Person} | undefined} */ (undefined);
    this._api = /** @type {typeof import("../people/api.js") | undefined} */ (undefined);
    this._deleted = /** @type {unknown} */ (undefined);
    this.close = () => {
      this._shown = undefined;
      this._changed();
    };
  }

  /**
   * Enroll who came; whoever is enrolled gets this picture.
   * @param {Visit} visit
   * @param {Hass} hass
   */
  async open({ entry_id, visit_id, name, user_id }, hass) {
    const words = load("people", languageOf(hass));
    await Promise.all([words, import("../people/enroll.js"), import("../people/details.js")]);
    this._api = await import("../people/api.js");
    const { people } = user_id
      ? await this._api.searchPeople(hass, entry_id, user_id)
      : { people: [] };
    const person = people.find((one) => one.user_id === user_id);
    this._shown = { visit: { entry_id, visit_id }, name, person };
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
    const { visit, name, person } = this._shown;
    if (person) {
      return html`<face-module-people-details
        .hass=${hass}
        .modules=${modules}
        .module=${modules.find((one) => one.entryId === visit.entry_id)}
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
