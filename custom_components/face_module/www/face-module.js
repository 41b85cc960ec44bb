/**
 * Loaded on every page: only what the card picker asks for. The cards themselves come
 * beside it, without holding the page up.
 */

const DOMAIN = "face_module";
const DOCS = "https://github.com/face-module/face_module/blob/main/docs/cards.md";
const zh = (document.documentElement.lang || navigator.language).startsWith("zh");

/** @typedef {import("./common.js").Hass} Hass */

/** @param {Hass} hass @param {string} entityId */
const ours = (hass, entityId) => hass.entities[entityId]?.platform === DOMAIN;

const CARDS = [
  {
    type: "face-module-card",
    file: "./live-card.js",
    name: zh ? "人脸识别模组" : "Face module",
    description: zh
      ? "谁来了：人脸、姓名、结果和最近的来访。"
      : "Who comes: face, name, verdict, and the last visits.",
    suggested: (/** @type {Hass} */ hass, /** @type {string} */ entity) =>
      ours(hass, entity) && { type: "custom:face-module-card", entity },
  },
  {
    type: "face-module-people-card",
    file: "./people-card.js",
    name: zh ? "人脸识别模组：人员" : "Face module: people",
    description: zh
      ? "注册、查找和管理模组认识的人。"
      : "Enroll, find and manage the people whom the modules know.",
    suggested: (/** @type {Hass} */ hass, /** @type {string} */ entity) =>
      ours(hass, entity) &&
      hass.user?.is_admin && { type: "custom:face-module-people-card" },
  },
];

const page = /** @type {Window & {customCards?: {type: string}[]}} */ (window);
page.customCards = page.customCards ?? [];
for (const { type, file, name, description, suggested } of CARDS) {
  // It may be loaded twice: by itself, and as a dashboard resource for Cast.
  if (page.customCards.some((known) => known.type === type)) continue;
  page.customCards.push(
    /** @type {{type: string}} */ ({
      type,
      name,
      description,
      preview: true,
      documentationURL: DOCS,
      getEntitySuggestion: (/** @type {Hass} */ hass, /** @type {string} */ entity) => {
        const config = suggested(hass, entity);
        return config ? { config } : null;
      },
    }),
  );
  if (!customElements.get(type)) {
    import(new URL(file, import.meta.url).href).catch((error) =>
      console.error(`${type} cannot be loaded`, error),
    );
  }
}
