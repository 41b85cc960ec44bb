/** The visit book as a card; what it shows is loaded where there is one. */

import { LitElement, html, nothing } from "../shared/lit.js";
import { FIELDS, shared } from "../shared/common.js";
import { load, pageLanguage, ready, text } from "../shared/texts.js";

/** @import { Hass } from "../shared/common.js" */

/** @typedef {{type: string, entity?: string, title?: string}} Config */

export class VisitsCard extends LitElement {
  static properties = {
    hass: { attribute: false },
    _config: { state: true },
    _failed: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** @type {Config | undefined} */
    this._config = undefined;
    this._failed = false;
    void load("visits");
    void import("./book.js").catch(() => (this._failed = true));
  }

  static async getConfigForm() {
    await load("visits");
    return {
      schema: FIELDS,
      computeLabel: (/** @type {{name: string}} */ { name }) =>
        text({ language: pageLanguage() }, "visits")(`editor_${name}`),
    };
  }

  static getStubConfig() {
    return {};
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6 };
  }

  getCardSize() {
    return 11;
  }

  /** @param {Config} config */
  setConfig(config) {
    if (!config) throw new Error("No configuration");
    this._config = config;
  }

  shouldUpdate() {
    return !this.hass || ready(this.hass, "visits", () => this.requestUpdate());
  }

  render() {
    const { hass, _config: config } = this;
    if (!hass || !config) return nothing;
    const t = text(hass, "visits");
    const device = hass.devices[hass.entities[config.entity ?? ""]?.device_id ?? ""];
    return html`<section class="card" aria-labelledby="title">
      <h2 id="title">${config.title || t("title")}</h2>
      ${this._failed
        ? html`<p class="note bad">${t("not_loaded")}</p>`
        : html`<face-module-visits
            .hass=${hass}
            .entryId=${device?.primary_config_entry ?? undefined}
          ></face-module-visits>`}
    </section>`;
  }

  static styles = [shared];
}

customElements.get("face-module-visits-card") ||
  customElements.define("face-module-visits-card", VisitsCard);
