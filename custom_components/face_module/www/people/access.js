/** When somebody may enter: asked with Home Assistant's own pickers. */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { shared } from "../shared/common.js";
import { languageOf } from "../shared/texts.js";
import { MODULES } from "./logic.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Access } from "./logic.js" */

const DOMAINS =
  "binary_sensor calendar group input_boolean person schedule switch".split(" ");
/** How long guests stay. @type {[string, number][]} */
const STAYS = [
  ["hour", 1],
  ["day", 24],
  ["week", 168],
];

/** @param {string} key @param {string[]} options */
const choice = (key, ...options) => ({
  select: { translation_key: `access_${key}`, mode: "list", options },
});

/** The fields of the action set_access; its words are theirs. @type {Record<string, object>} */
const PICKERS = {
  mode: choice("mode", "always", "never", "rule"),
  start: { datetime: {} },
  end: { datetime: {} },
  entities: { entity: { multiple: true, filter: { domain: DOMAINS } } },
  match: choice("match", "all", "any"),
  visits: { number: { min: 0, max: 9999, mode: "box" } },
  device_id: { device: { multiple: true, ...MODULES } },
  remove_afterwards: { boolean: {} },
};

/** Asks for a rule, of a `guest` only for the end of it; `wish` is what was given. */
export class PeopleAccess extends LitElement {
  static properties = {
    hass: { attribute: false },
    rule: { attribute: false },
    guest: { attribute: false },
    _data: { state: true },
    _words: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** What holds until now. @type {Access | undefined} */
    this.rule = undefined;
    this.guest = false;
    /** @type {Record<string, any>} */
    this._data = {};
    /** What the pickers show of a time may be two. @type {Record<string, string>} */
    this._exact = {};
    /** @type {(key: string) => string} */
    this._words = (key) => key;
  }

  willUpdate() {
    if (this.hasUpdated) return;
    if (this.guest) {
      this._data = { mode: "rule", remove_afterwards: true };
      this._stay(STAYS[1][1]);
      return;
    }
    const { start, end, ...rule } = /** @type {Access} */ (this.rule);
    this._data = { ...rule, start: this._shown(start), end: this._shown(end) };
  }

  async firstUpdated() {
    /** @type {any} */
    const hass = this.hass;
    await hass.loadBackendTranslation?.("selector", "face_module");
    this._words = (await hass.loadBackendTranslation?.("services", "face_module")) ?? this._words;
  }

  /** The fields as the server takes them. */
  get wish() {
    /** @type {Record<string, any>} */
    const wish = { mode: this._data.mode };
    for (const name of this._names) {
      const value = this._data[name];
      if (value || value === 0) wish[name] = this._exact[value] ?? value;
    }
    return wish;
  }

  get _names() {
    const { mode, entities } = this._data;
    if (this.guest) return ["end", "remove_afterwards"];
    if (mode !== "rule") return ["mode"];
    return Object.keys(PICKERS).filter((name) => name !== "match" || entities?.length > 1);
  }

  render() {
    const component = "component.face_module";
    const unit = (/** @type {string} */ name) =>
      new Intl.NumberFormat(languageOf(this.hass), {
        style: "unit",
        unit: name,
        unitDisplay: "long",
      }).format(1);
    return html`${this.guest
        ? html`<div>
            ${STAYS.map(
              ([name, hours]) =>
                html`<button type="button" @click=${() => this._stay(hours)}>
                  ${unit(name)}
                </button>`,
            )}
          </div>`
        : nothing}<ha-form
        .hass=${this.hass}
        .data=${this._data}
        .schema=${this._names.map((name) => ({ name, selector: PICKERS[name] }))}
        .computeLabel=${(/** @type {{name: string}} */ { name }) =>
          this._words(`${component}.services.set_access.fields.${name}.name`)}
        .localizeValue=${(/** @type {string} */ key) =>
          this._words(`${component}.selector.${key}`)}
        @value-changed=${(/** @type {CustomEvent} */ event) => {
          event.stopPropagation();
          const { value } = event.detail;
          // No picker lets go of a time: whoever chooses another mode begins anew.
          this._data = this.guest || value.mode === "rule" ? value : { mode: value.mode };
        }}
        @closed=${(/** @type {Event} */ event) => event.stopPropagation()}
      ></ha-form>`;
  }

  /** @param {number} hours */
  _stay(hours) {
    const end = this._shown(new Date(Date.now() + hours * 3_600_000).toISOString());
    this._data = { ...this._data, end };
  }

  /** By the clock of Home Assistant. @param {string | null} time */
  _shown(time) {
    if (!time) return undefined;
    const shown = new Date(time).toLocaleString("sv", {
      timeZone: this.hass?.config?.time_zone,
    });
    this._exact[shown] = time;
    return shown;
  }

  static styles = [
    shared,
    css`
      div {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-bottom: 8px;
      }
    `,
  ];
}

customElements.get("face-module-people-access") ||
  customElements.define("face-module-people-access", PeopleAccess);
