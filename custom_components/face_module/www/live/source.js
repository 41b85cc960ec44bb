/** What the live card knows of its module, kept up to date while the card is on a page. */

import { Feed, applied } from "../shared/visits.js";
import { chosen, trouble } from "./config.js";
import { errorText } from "../shared/common.js";

/**
 * @typedef {import("../shared/common.js").Hass} Hass
 * @typedef {import("./config.js").Config} Config
 * @typedef {import("./config.js").Module} Module
 * @typedef {import("../shared/visits.js").Visit} Visit
 */

// The addresses of the pictures are good for a day.
const PICTURES_FOR = 20 * 3_600_000;
const ALL = 200;
const MODULES_AGAIN = 3_000;
// What the card shows besides states.
const REST = /** @type {const} */ (["entities", "devices", "language", "locale", "connected"]);
const NO_STATE = ["unknown", "unavailable"];

export class Source {
  /** @param {() => void} changed what to call when something is known anew */
  constructor(changed) {
    this._changed = changed;
    this._hass = /** @type {Hass | undefined} */ (undefined);
    this._config = /** @type {Config & {visits: number} | undefined} */ (undefined);
    /** `undefined`: not known yet. */
    this.modules = /** @type {Module[] | undefined} */ (undefined);
    this.visits = /** @type {Visit[] | undefined} */ (undefined);
    /** A key of the texts. */
    this.trouble = /** @type {string | undefined} */ (undefined);
    this.error = "";
    /** Whether older visits are wanted than the configuration asks for. */
    this.all = false;
    this._feeds = /** @type {Feed[]} */ ([]);
    // What the feeds were started for, and when.
    this._last = /** @type {string | undefined} */ (undefined);
    this._entryId = /** @type {string | undefined} */ (undefined);
    this._limit = 0;
    this._since = 0;
    this._again = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  }

  /** The module that the configuration means. */
  get module() {
    return this._config && this.modules && chosen(this.modules, this._config);
  }

  /** Whether nobody can be told: it is not set up. */
  get away() {
    const connected = this.state("connected");
    // Of one that is disabled nothing is there.
    return connected ? connected.state === "unavailable" : this.module?.loaded === false;
  }

  /** The state of an entity of the module. @param {string} key */
  state(key) {
    return this._hass?.states[this.module?.entities[key] ?? ""];
  }

  /** Its value, if it has one. @param {string} key */
  known(key) {
    const value = this.state(key)?.state;
    return value === undefined || NO_STATE.includes(value) ? undefined : value;
  }

  /**
   * Whether another `hass` says anything new here: every state of the house comes by.
   * @param {Hass} before
   * @param {Hass} hass
   */
  concerns(before, hass) {
    return (
      REST.some((key) => before[key] !== hass[key]) ||
      Object.values(this.module?.entities ?? {}).some(
        (id) => before.states[id] !== hass.states[id],
      )
    );
  }

  /**
   * Look at what may be new; cheap when nothing is.
   * @param {Hass} hass
   * @param {Config & {visits: number}} config
   */
  follow(hass, config) {
    const before = this._hass;
    this._hass = hass;
    this._config = config;
    const again = hass.connected && before?.connected === false;
    if (!before || before.entities !== hass.entities || again) void this._loadModules();
    this._listen();
  }

  /** Listen no more; `follow` begins again. */
  stop() {
    clearTimeout(this._again);
    this._leave();
    this._hass = undefined;
  }

  _leave() {
    for (const feed of this._feeds) feed.stop();
    this._feeds = [];
    this._entryId = undefined;
  }

  async _loadModules() {
    const hass = this._hass;
    clearTimeout(this._again);
    try {
      this.modules = await hass?.callWS({ type: "face_module/modules" });
      this.error = "";
    } catch (error) {
      this.error = errorText(error);
      // Home Assistant may be starting.
      this._again = setTimeout(() => this._hass && this._loadModules(), MODULES_AGAIN);
    }
    this._listen();
    this._changed();
  }

  _listen() {
    const [hass, config, entryId] = [this._hass, this._config, this.module?.entry_id];
    if (!hass || !config) return;
    // One more than the earlier ones: the last.
    const limit = this.all ? ALL : config.visits + 1;
    const fresh = Date.now() - this._since < PICTURES_FOR;
    if (entryId === this._entryId && (!entryId || (limit === this._limit && fresh))) return;
    if (entryId !== this._last) this.visits = this.trouble = undefined;
    this._leave();
    if (!entryId) return;
    this._last = this._entryId = entryId;
    this._limit = limit;
    this._since = Date.now();
    this._feeds.push(
      new Feed(
        hass.connection,
        { type: "face_module/visits/subscribe", entry_ids: [entryId], limit },
        (event) => {
          this.error = "";
          this.visits = applied(this.visits ?? [], event, limit);
          this._changed();
        },
        (error) => {
          this.error = errorText(error);
          this._changed();
        },
      ),
    );
    // Only administrators may see issues.
    if (hass.user?.is_admin) {
      const look = () => void this._loadTrouble(hass, entryId);
      const event_type = "repairs_issue_registry_updated";
      this._feeds.push(
        new Feed(hass.connection, { type: "subscribe_events", event_type }, look, look),
      );
      look();
    }
  }

  /** @param {Hass} hass @param {string} entryId */
  async _loadTrouble(hass, entryId) {
    let found;
    try {
      const { issues } = await hass.callWS({ type: "repairs/list_issues" });
      found = trouble(issues, entryId);
    } catch {
      // Then there is no dashboard of repairs to point to.
    }
    if (entryId === this._entryId && found !== this.trouble) {
      this.trouble = found;
      this._changed();
    }
  }
}
