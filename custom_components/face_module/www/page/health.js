/** How modules are, in words, and what comes next; of one module, or of all. */

import { LitElement, css, html, nothing } from "../shared/lit.js";
import { relativeTime, shared } from "../shared/common.js";
import { languageOf, load, ready, text } from "../shared/texts.js";

/** @import { Hass, State } from "../shared/common.js" */
/** @import { Text } from "../shared/texts.js" */

/**
 * @typedef {{
 *   entry_id: string, title: string, state: string, reason: string | null,
 *   disabled_by: string | null
 * }} Entry
 */

const PLACE = "/config/integrations/integration/face_module";
const SETTLED = /error|retry/;
/** ms. */
const AGAIN = 2_000;
const KEYS = ["connected", "recognition", "enrolled_users", "cpu_temperature"];

class FaceModuleHealth extends LitElement {
  static properties = {
    hass: { attribute: false },
    _config: { state: true },
    _dialog: { state: true },
    _entries: { state: true },
  };

  constructor() {
    super();
    /** @type {any} */
    this.hass = undefined;
    /** @type {{entity?: string} | undefined} */
    this._config = undefined;
    /** The dialog that is open. @type {unknown} */
    this._dialog = nothing;
    /** Entities by module and key. @type {Map<string, Record<string, string>>} */
    this._modules = new Map();
    /** Modules that are not set up. @type {Entry[]} */
    this._entries = [];
    this._seen = "";
    /** @type {unknown} */
    this._known = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._again = undefined;
  }

  /** @param {{entity?: string}} config */
  setConfig(config) {
    this._config = config;
  }

  /** @param {Map<string, unknown>} changed */
  shouldUpdate(changed) {
    if (this.hass && !ready(this.hass, "page", () => this.requestUpdate())) return false;
    const before = /** @type {Hass | undefined} */ (changed.get("hass"));
    if (changed.size !== 1 || !before || this._dialog !== nothing) return true;
    const { hass } = this;
    return (
      before.entities !== hass.entities ||
      before.devices !== hass.devices ||
      before.locale !== hass.locale ||
      [...this._modules.values()].some((entities) =>
        Object.values(entities).some((id) => before.states[id] !== hass.states[id]),
      )
    );
  }

  willUpdate() {
    if (!this.hass || !this._config) return;
    const { entities } = /** @type {Hass} */ (this.hass);
    const only = entities[this._config.entity ?? ""]?.device_id;
    this._modules = new Map();
    for (const one of Object.values(entities)) {
      const id = one?.device_id;
      if (!id || one.platform !== "face_module" || (only && id !== only)) continue;
      const key = one.translation_key ?? "";
      if (!KEYS.includes(key)) continue;
      this._modules.set(id, { ...this._modules.get(id), [key]: one.entity_id });
    }
    void this._look();
  }

  /** Ask what is not set up, and why, whenever that may be otherwise. */
  async _look() {
    const { hass } = this;
    const seen = JSON.stringify(
      [...this._modules].map(([id, { connected }]) => [id, hass.states[connected]?.state]),
    );
    if (!hass.user?.is_admin || (seen === this._seen && hass.entities === this._known)) return;
    [this._seen, this._known] = [seen, hass.entities];
    const command = { type: "config_entries/get", domain: "face_module" };
    /** @type {Entry[]} */
    const found = await hass.callWS(command).catch(() => []);
    this._entries = found.filter(({ state }) => state !== "loaded");
    // What is under way ends soon.
    clearTimeout(this._again);
    if (this._entries.some((one) => !one.disabled_by && !SETTLED.test(one.state))) {
      this._again = setTimeout(() => {
        this._seen = "";
        if (this.isConnected) void this._look();
      }, AGAIN);
    }
  }

  /** Why a module is not set up, and what to do. @param {Text} t @param {Entry} entry */
  _why(t, { disabled_by, state, reason }) {
    if (disabled_by) return t("disabled");
    if (!reason) return t("not_ready");
    const key = state === "setup_retry" ? "set_up_again" : "set_up_failed";
    return t(key, { reason: reason.replace(/[.。]$/, "") });
  }

  get _t() {
    return text(this.hass, "page");
  }

  render() {
    const { hass, _t: t } = this;
    if (!hass || !this._config) return nothing;
    const one = !!this._config.entity;
    const [first] = this._modules.keys();
    const name = one && (hass.devices[first]?.name_by_user || hass.devices[first]?.name);
    return html`<section class="card" aria-label=${name || t("health")}>
      ${one ? nothing : html`<h2>${t("health")}</h2>`}
      ${[...this._modules].map(([id, entities]) => this._module(t, id, entities, one))}
      ${one ? nothing : this._unknown(t)}
      ${hass.user?.is_admin
        ? html`<div class="next">
            ${one
              ? html`<button @click=${this._tell}>${t("tell")}</button>`
              : html`<a
                  class="button"
                  href="/config/integrations/dashboard/add?domain=face_module"
                  >${t("add")}</a
                >`}
          </div>`
        : nothing}
      ${this._dialog}
    </section>`;
  }

  /** Of modules that are disabled there are no entities. @param {Text} t */
  _unknown(t) {
    const shown = [...this._modules.keys()].map((id) => this._entryOf(id)?.entry_id);
    return this._entries
      .filter(({ entry_id }) => !shown.includes(entry_id))
      .map(
        (entry) => html`<div class="module" data-health="offline">
          <i aria-hidden="true"></i>
          <div>
            <strong>${entry.title}</strong>
            <p role="status">${this._why(t, entry)}</p>
          </div>
          <a class="button" href=${PLACE}>${t("open")}</a>
        </div>`,
      );
  }

  /** What is not set up of a device. @param {string} id */
  _entryOf(id) {
    const { primary_config_entry, config_entries } = this.hass.devices[id] ?? {};
    const entryId = primary_config_entry ?? config_entries?.[0];
    return this._entries.find(({ entry_id }) => entry_id === entryId);
  }

  /**
   * @param {Text} t
   * @param {string} id
   * @param {Record<string, string>} entities
   * @param {boolean} one
   */
  _module(t, id, entities, one) {
    const { hass } = this;
    /** @type {(key: string) => State | undefined} */
    const state = (key) => hass.states[entities[key] ?? ""];
    const device = hass.devices[id];
    const admin = hass.user?.is_admin;
    const count = Number(state("enrolled_users")?.state);
    const [kind, words] = health(hass, t, state);
    const entry = kind === "not_ready" && this._entryOf(id);
    return html`<div class="module" data-health=${kind}>
      <i aria-hidden="true"></i>
      <div>
        ${one ? nothing : html`<strong>${device?.name_by_user || device?.name}</strong>`}
        <p role="status">${entry ? this._why(t, entry) : words}</p>
        ${kind === "offline" || Number.isNaN(count)
          ? nothing
          : html`<p>
              ${count > 1
                ? t("enrolled", { count: new Intl.NumberFormat(languageOf(hass)).format(count) })
                : t(count ? "enrolled_one" : "nobody")}
              ${count && state("recognition")?.state === "unknown" ? t("nobody_came") : nothing}
            </p>`}
        ${admin && count === 0 && kind === "good"
          ? html`<button class="primary" @click=${() => this._enroll(id)}>
              ${t("enroll")}
            </button>`
          : nothing}
      </div>
      ${admin
        ? html`<a class="button" href=${entry ? PLACE : `/config/devices/device/${id}`}>
            ${t("open")}
          </a>`
        : nothing}
    </div>`;
  }

  _closed() {
    this._dialog = nothing;
  }

  /** @param {string} id of the device */
  async _enroll(id) {
    const [{ modulesOf }] = await Promise.all([
      import("../people/api.js"),
      import("../people/enroll.js"),
      load("people", languageOf(this.hass)),
    ]);
    const modules = modulesOf(this.hass);
    this._dialog = html`<face-module-people-enroll
      .hass=${this.hass}
      .modules=${modules}
      .module=${modules.find(({ deviceId }) => deviceId === id)}
      @closed=${this._closed}
    ></face-module-people-enroll>`;
  }

  async _tell() {
    await import("./tell.js");
    this._dialog = html`<face-module-tell
      .hass=${this.hass}
      .entity=${this._config?.entity}
      @closed=${this._closed}
    ></face-module-tell>`;
  }

  static styles = [
    shared,
    css`
      h2,
      .module {
        margin-bottom: 12px;
      }
      .module {
        display: flex;
        gap: 12px;
        align-items: start;
      }
      .module > div {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      p {
        margin: 0 0 4px;
        line-height: 1.4;
      }
      i {
        flex: none;
        width: 12px;
        height: 12px;
        margin-top: 4px;
        background: var(--fm-doubt);
        border-radius: 50%;
      }
      [data-health="good"] i {
        background: var(--fm-good);
      }
      [data-health="offline"] i {
        background: var(--fm-bad);
        border-radius: 2px;
      }
    `,
  ];
}

/**
 * @param {Hass} hass
 * @param {Text} t
 * @param {(key: string) => State | undefined} state
 * @returns {[kind: "good" | "waiting" | "offline" | "not_ready", words: string]}
 */
function health(hass, t, state) {
  const connected = state("connected");
  if (connected?.state === "off") {
    return ["offline", t("offline", { when: relativeTime(hass, connected.last_changed) })];
  }
  if (connected?.state !== "on") return ["not_ready", t("not_ready")];
  // Only heartbeats bring it.
  const heard = !["unknown", "unavailable"].includes(state("cpu_temperature")?.state ?? "");
  return heard ? ["good", t("online")] : ["waiting", t("waiting")];
}

export { FaceModuleHealth as Card };

customElements.get("face-module-health") ||
  customElements.define("face-module-health", FaceModuleHealth);
