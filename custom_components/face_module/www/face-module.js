/**
 * Loaded on every page: only what the card picker asks for. The cards themselves come
 * beside it, without holding the page up.
 */

const DOMAIN = "face_module";
const DOCS = "https://github.com/face-module/face_module/blob/main/docs/cards.md";

/** @typedef {import("./shared/common.js").Hass} Hass */

/**
 * Whether an entity of a module is one of these.
 * @param {Hass} hass
 * @param {string} entityId
 * @param {...string} keys
 */
const ours = (hass, entityId, ...keys) => {
  const { platform, device_id, translation_key } = hass.entities[entityId] ?? {};
  // Not what is about a person.
  const { entry_type } = hass.devices[device_id ?? ""] ?? {};
  return platform === DOMAIN && entry_type !== "service" && keys.includes(translation_key ?? "");
};
/** Entities about who comes. */
const WHO = [
  "recognition",
  "last_face",
  "last_person",
  "last_recognition",
  "person_present",
  "request_recognition",
];

const CARDS = [
  {
    type: "face-module-card",
    file: "./live/card.js",
    words: "picker_live",
    suggested: (/** @type {Hass} */ hass, /** @type {string} */ entity) =>
      ours(hass, entity, ...WHO) && { type: "custom:face-module-card", entity },
  },
  {
    type: "face-module-people-card",
    file: "./people/card.js",
    inside: "face-module-people",
    words: "picker_people",
    suggested: (/** @type {Hass} */ hass, /** @type {string} */ entity) =>
      ours(hass, entity, "enrolled_users") &&
      hass.user?.is_admin && { type: "custom:face-module-people-card" },
  },
  {
    type: "face-module-visits-card",
    file: "./visits/card.js",
    words: "picker_visits",
    suggested: (/** @type {Hass} */ hass, /** @type {string} */ entity) =>
      ours(hass, entity, "visits", ...WHO) && { type: "custom:face-module-visits-card", entity },
  },
  {
    type: "face-module-strangers-card",
    file: "./people/strangers.js",
    inside: "face-module-strangers",
    words: "picker_strangers",
    suggested: () => null,
  },
  {
    type: "face-module-access-card",
    file: "./page/access.js",
    inside: "face-module-access",
    words: "picker_access",
    suggested: () => null,
  },
  {
    type: "face-module-health-card",
    file: "./page/health.js",
    inside: "face-module-health",
    words: "picker_health",
    suggested: () => null,
  },
];

// Until then the frontend puts another registry in the place of the browser's, and an
// element that was defined before does not exist in it. The second is Cast's.
const ready = Promise.race(
  ["home-assistant", "hc-main"].map((tag) => customElements.whenDefined(tag)),
);

// The live card's words are on their way while its modules are.
const words = import(new URL("./shared/texts.js", import.meta.url).href).then(
  async (/** @type {typeof import("./shared/texts.js")} */ { load, pageLanguage, text }) => {
    await load("live");
    return text({ language: pageLanguage() }, "live");
  },
);

/**
 * A card whose modules are loaded when it is on a page: most pages have none of it.
 * @param {() => Promise<any>} load
 * @param {string} inside the element that is the card
 */
const lazy = (load, inside) =>
  class extends HTMLElement {
    /** @type {any} */
    _card;
    /** @type {Hass | undefined} */
    _hass;
    /** @type {object | undefined} */
    _config;

    static getConfigForm = async () => (await load()).Card.getConfigForm?.();

    static getStubConfig = () => ({});

    set hass(/** @type {Hass} */ hass) {
      this._hass = hass;
      if (this._card) this._card.hass = hass;
    }

    /** @param {object} config */
    setConfig(config) {
      this._config = config;
      this._card?.setConfig(config);
    }

    async connectedCallback() {
      this.style.display = "block";
      await load();
      if (this._card) return;
      this._card = document.createElement(inside);
      this._card.setConfig(this._config);
      this._card.hass = this._hass;
      this.append(this._card);
    }

    getCardSize = () => 8;

    getGridOptions = () => ({ columns: 12, min_columns: 6 });
  };

/**
 * Offer something once: this module may be loaded twice, by itself and as a dashboard
 * resource for Cast, or by the page.
 * @param {"customCards" | "customStrategies"} list
 * @param {{type: string}} item
 * @param {string} key of its words
 * @param {string} file
 * @param {string} [inside]
 */
function offer(list, item, key, file, inside) {
  /** @type {Record<string, {type: string}[]>} */
  const page = /** @type {any} */ (window);
  const offered = (page[list] ??= []);
  if (offered.some(({ type }) => type === item.type)) return;
  const shown = { name: item.type, description: "", documentationURL: DOCS, ...item };
  offered.push(shown);
  const missing = (/** @type {unknown} */ error) =>
    console.error(`${item.type} cannot be loaded`, error);
  const load = () => import(new URL(file, import.meta.url).href);
  ready
    .then(() => (inside ? customElements.define(item.type, lazy(load, inside)) : load()))
    .catch(missing);
  words
    .then((t) => Object.assign(shown, { name: t(key), description: t(`${key}_words`) }))
    .catch(missing);
}

for (const { type, file, words: key, suggested, inside } of CARDS) {
  const getEntitySuggestion = (/** @type {Hass} */ hass, /** @type {string} */ entity) => {
    const config = suggested(hass, entity);
    return config ? { config } : null;
  };
  const card = { type, preview: true, getEntitySuggestion };
  offer("customCards", card, key, file, inside);
}
const strategy = { type: "face-module", strategyType: "dashboard" };
offer("customStrategies", strategy, "picker_page", "./page/strategy.js");
