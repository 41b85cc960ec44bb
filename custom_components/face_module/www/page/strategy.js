/** What belongs on the page, as the configuration of a dashboard. */

import { languageOf, load, text } from "../shared/texts.js";

/**
 * @typedef {import("../shared/common.js").Hass} Hass
 * @typedef {{type: string, entity?: string}} Card
 * @typedef {{
 *   title: string, path: string, icon: string, type: "sections", max_columns?: number,
 *   sections: {type: "grid", column_span?: number, cards: Card[]}[]
 * }} View
 */

const TYPE = "face-module";

/** The recognition events, a door each, by name. @param {Hass} hass */
const doors = (hass) =>
  Object.values(hass.entities ?? {})
    .flatMap((one) =>
      one?.platform === "face_module" && one.translation_key === "recognition" ? [one] : [],
    )
    .map(({ entity_id, device_id }) => {
      const device = hass.devices?.[device_id ?? ""];
      return { entity: entity_id, name: device?.name_by_user || device?.name || entity_id };
    })
    .sort((one, two) => one.name.localeCompare(two.name, languageOf(hass)));

/** Whether a card is there: not every release has all. @param {string} type */
const known = (type) =>
  /** @type {any} */ (window).customCards?.some((/** @type {Card} */ one) => one.type === type);

/**
 * The views of the page, for whoever looks at it.
 * @param {Hass} hass
 * @returns {View[]}
 */
export function views(hass) {
  const t = text(hass, "page");
  const admin = !!hass.user?.is_admin;
  const found = doors(hass);
  /** @type {(path: string, icon: string, sections: Card[][], wide?: number) => View} */
  const view = (path, icon, sections, wide = 1) => ({
    title: t(path),
    path,
    icon,
    type: "sections",
    max_columns: wide > 1 ? wide : Math.min(sections.length, 4),
    sections: sections.map((cards) => ({
      type: "grid",
      ...(wide > 1 ? { column_span: wide } : {}),
      cards: cards.map((card) => ({ ...card, type: `custom:${card.type}` })),
    })),
  });
  if (!found.length) {
    return [view("doors", "mdi:door", [[{ type: "face-module-card" }]])];
  }
  const door = (/** @type {{entity: string}} */ { entity }) => [
    { type: "face-module-card", entity },
    { type: "face-module-health-card", entity },
  ];
  const more = [];
  if (known("face-module-visits-card")) {
    more.push(view("visits", "mdi:history", [[{ type: "face-module-visits-card" }]], 2));
  }
  if (admin) {
    more.push(
      view("people", "mdi:account-multiple", [[{ type: "face-module-people-card" }]], 2),
      view("access", "mdi:door-closed-lock", [[{ type: "face-module-access-card" }]], 2),
      view("strangers", "mdi:account-question", [[{ type: "face-module-strangers-card" }]], 2),
      view("modules", "mdi:router-wireless", [[{ type: "face-module-health-card" }]]),
    );
  }
  return [view("doors", "mdi:door", found.map(door)), ...more];
}

/** The same as a dashboard that can be added, and taken over. */
class FaceModuleStrategy extends HTMLElement {
  /** There is nothing to set: whoever edits it takes control of it. */
  static noEditor = true;

  /** @param {object} _config @param {Hass} hass */
  static async generate(_config, hass) {
    await load("page", languageOf(hass));
    return { title: text(hass, "page")("strategy"), views: views(hass) };
  }

  /** @param {Hass} hass */
  static async getCreateSuggestions(hass) {
    await load("page", languageOf(hass));
    return { title: text(hass, "page")("strategy"), icon: "mdi:face-recognition" };
  }
}

const tag = `ll-strategy-dashboard-${TYPE}`;
customElements.get(tag) || customElements.define(tag, FaceModuleStrategy);
