/** The people card's dialog, for somebody who came; loaded when an administrator asks. */

import { html, nothing } from "./lit.js";

/**
 * @typedef {import("./common.js").Hass} Hass
 * @typedef {import("./people-api.js").VisitOf} VisitOf
 * @typedef {import("./visits.js").Visit} Visit
 */

export class Enroller {
  /** @param {() => void} changed what to call when the dialog opens or closes */
  constructor(changed) {
    this._changed = changed;
    this._shown = /** @type {{visit: VisitOf, name: string} | undefined} */ (undefined);
    this._api = /** @type {typeof import("./people-api.js") | undefined} */ (undefined);
    this.close = () => {
      this._shown = undefined;
      this._changed();
    };
  }

  /** @param {Visit} visit */
  async open({ entry_id, visit_id, name }) {
    await import("./people-enroll.js");
    this._api = await import("./people-api.js");
    this._shown = { visit: { entry_id, visit_id }, name };
    this._changed();
  }

  /** @param {Hass} hass */
  dialog(hass) {
    if (!this._api || !this._shown) return nothing;
    return html`<face-module-people-enroll
      .hass=${hass}
      .modules=${this._api.modulesOf(hass)}
      .visit=${this._shown.visit}
      .name=${this._shown.name}
      @closed=${this.close}
    ></face-module-people-enroll>`;
  }
}
