/** The configuration of the live card: its editor, its stub, and which module it means. */

import { FIELDS } from "../shared/common.js";
import { load, pageLanguage, text } from "../shared/texts.js";

/**
 * @typedef {import("../shared/common.js").Hass} Hass
 * @typedef {{
 *   type: string, entity?: string, device_id?: string, title?: string, visits?: number,
 *   hide?: string[]
 * }} Config
 * @typedef {{
 *   entry_id: string, device_id: string | null, title: string, loaded: boolean,
 *   entities: Record<string, string>
 * }} Module
 */

export const VISITS = 8;
const VISITS_MAX = 20;
/** What may be left out, and what it is called. */
const PARTS = { chips: "what_it_sees", ask: "ask", switches: "switches" };

/** The editor and `setConfig` know no `hass`. */
const words = () => text({ language: pageLanguage() }, "live");

/** Throws what the dashboard then shows instead of the card. @param {Config} config */
export function checked(config) {
  const t = words();
  for (const key of /** @type {const} */ (["entity", "device_id", "title"])) {
    const value = config[key];
    if (value !== undefined && value !== null && typeof value !== "string") {
      throw new Error(t("bad_text", { key }));
    }
  }
  const visits = config.visits ?? VISITS;
  if (!Number.isInteger(visits) || visits < 0 || visits > VISITS_MAX) {
    throw new Error(t("bad_visits"));
  }
  if (![config.hide ?? []].flat().every((one) => one in PARTS)) {
    throw new Error(t("bad_hide", { parts: Object.keys(PARTS).join(", ") }));
  }
  return { ...config, visits, hide: [config.hide ?? []].flat() };
}

/**
 * The module that a configuration means; without entity and device the first one.
 * @param {Module[]} modules
 * @param {Config} config
 * @returns {Module | undefined}
 */
export function chosen(modules, config) {
  const { entity, device_id: device } = config;
  // The editor sets the entity alone: a device of before must not outvote it.
  if (entity) return modules.find((one) => Object.values(one.entities).includes(entity));
  return device ? modules.find((one) => one.device_id === device) : modules[0];
}

/** @param {Hass} hass */
export function stub(hass) {
  const entity = Object.values(hass.entities ?? {}).find(
    (one) => one?.platform === "face_module" && one.entity_id.startsWith("event."),
  );
  return entity ? { entity: entity.entity_id } : {};
}

export async function form() {
  await load("live");
  return {
    schema: [
      ...FIELDS,
      {
        name: "visits",
        default: VISITS,
        selector: { number: { min: 0, max: VISITS_MAX, mode: "slider" } },
      },
      {
        name: "hide",
        selector: {
          select: {
            multiple: true,
            mode: "list",
            options: Object.entries(PARTS).map(([value, key]) => ({ value, label: words()(key) })),
          },
        },
      },
    ],
    computeLabel: (/** @type {{name: string}} */ { name }) => words()(`editor_${name}`),
  };
}

/**
 * What the repairs dashboard says of a module, as a key of the texts.
 * @typedef {{
 *   domain: string, issue_id: string, translation_key?: string, ignored?: boolean
 * }} Issue
 * @param {Issue[]} issues
 * @param {string} entryId
 * @returns {string | undefined}
 */
export function trouble(issues, entryId) {
  const ours = issues
    .filter(({ domain, ignored }) => domain === "face_module" && !ignored)
    .filter(({ issue_id }) => issue_id.endsWith(entryId))
    .map(({ translation_key }) => translation_key ?? "");
  const callbacks = ["callbacks_unreachable", "https_only", "callback_taken"];
  if (ours.some((key) => callbacks.includes(key))) return "trouble_callbacks";
  if (ours.includes("factory_password")) return "trouble_password";
  return ours.length ? "trouble_other" : undefined;
}
