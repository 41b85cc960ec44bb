/** The people card's words with Home Assistant: websocket commands, uploads, actions. */

import { FOUND } from "./people-logic.js";

/** @import { Hass } from "./common.js" */
/** @import { Module, Page, Person, Verdict } from "./people-logic.js" */

/**
 * @typedef {{
 *   message?: string, error?: string, translation_domain?: string,
 *   translation_key?: string, translation_placeholders?: Record<string, string>
 * }} Problem
 * @typedef {{picture_id: string, width: number, height: number}} Taken
 * @typedef {{entry_id: string, visit_id: string}} VisitOf
 * @typedef {{entry_id: string, ok: boolean, error?: string, key?: string | null}} Result
 * @typedef {{
 *   job_id: string, kind: string, entry_ids: string[], total: number, done: number,
 *   failed: number, cancelled: boolean, finished: boolean
 * }} Job
 */

const UPLOAD = "/api/face_module/pictures";
const MAX_BYTES = 60 * 1024 * 1024;

/**
 * The modules that are set up, by name.
 * @param {Hass} hass
 * @returns {Module[]}
 */
export function modulesOf(hass) {
  /** @type {Map<string, Module>} */
  const found = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity?.platform !== "face_module" || !entity.device_id) continue;
    /** @type {any} */
    const device = hass.devices[entity.device_id];
    const entryId = device?.primary_config_entry ?? device?.config_entries?.[0];
    if (!entryId) continue;
    const module = found.get(device.id) ?? {
      entryId,
      deviceId: device.id,
      name: device.name_by_user || device.name || device.id,
      count: null,
    };
    if (entity.translation_key === "enrolled_users") module.count = entity.entity_id;
    found.set(device.id, module);
  }
  return [...found.values()].sort((one, two) => one.name.localeCompare(two.name));
}

/**
 * Persons of Home Assistant, and one that is linked though it is not there.
 * @param {Hass | undefined} hass
 * @param {string | null} linked
 */
export function personsOf(hass, linked) {
  const found = Object.entries(hass?.states ?? {})
    .filter(([id]) => id.startsWith("person."))
    .map(([id, state]) => [id, String(state?.attributes.friendly_name ?? id)]);
  if (linked && !found.some(([id]) => id === linked)) found.push([linked, linked]);
  return found;
}

/**
 * What went wrong, in the user's language where Home Assistant's frontend knows it.
 * @param {Hass} hass
 * @param {unknown} problem
 * @returns {Promise<string>}
 */
export async function wordsOf(hass, problem) {
  const { message, error, translation_domain, translation_key, translation_placeholders } =
    /** @type {Problem} */ (problem ?? {});
  /** @type {any} */
  const frontend = hass;
  if (translation_domain === "face_module" && frontend.loadBackendTranslation) {
    try {
      const localize = await frontend.loadBackendTranslation("exceptions", "face_module");
      const key = `component.face_module.exceptions.${translation_key}.message`;
      const words = localize(key, translation_placeholders);
      if (words) return words;
    } catch {
      // The words that came with the error are as good, only perhaps not translated.
    }
  }
  return message || error || String(problem);
}

/** @type {(hass: Hass, command: string, fields: object) => Promise<any>} */
const ask = (hass, command, fields) =>
  hass.callWS({ type: `face_module/${command}`, ...fields });

/** @type {(hass: Hass, entryId: string, offset: number, limit: number) => Promise<Page>} */
export const listPeople = (hass, entryId, offset, limit) =>
  ask(hass, "people/list", { entry_id: entryId, offset, limit });

/** @type {(hass: Hass, entryId: string, query: string) => Promise<{people: Person[]}>} */
export const searchPeople = (hass, entryId, query) =>
  ask(hass, "people/search", { entry_id: entryId, query, limit: FOUND });

/**
 * Send a picture; rejects with what is wrong with it.
 * @param {Hass} hass
 * @param {Blob} file
 * @returns {Promise<Taken>}
 */
export async function upload(hass, file) {
  if (file.size > MAX_BYTES) {
    throw { translation_domain: "face_module", translation_key: "picture_too_large" };
  }
  const answer = await hass.fetchWithAuth(UPLOAD, { method: "POST", body: file });
  if (answer.ok) return answer.json();
  const { error, key } = await answer.json().catch(() => ({}));
  throw {
    message: error ?? `HTTP ${answer.status}`,
    translation_domain: key ? "face_module" : undefined,
    translation_key: key,
  };
}

/**
 * The picture of a camera or image entity, or of a visit.
 * @type {(hass: Hass, source: {entity_id: string} | VisitOf) => Promise<Taken>}
 */
export const take = (hass, source) => ask(hass, "pictures/take", source);

/**
 * The address of a picture that was sent, for an <img>; to be revoked.
 * @param {Hass} hass
 * @param {string} pictureId
 */
export async function preview(hass, pictureId) {
  const answer = await hass.fetchWithAuth(`${UPLOAD}/${pictureId}`);
  if (!answer.ok) throw { message: `HTTP ${answer.status}` };
  return URL.createObjectURL(await answer.blob());
}

/**
 * What modules think of a picture, for somebody.
 * @type {(hass: Hass, pictureId: string, entryIds: string[], userId: string | null) =>
 *   Promise<{results: Verdict[]}>}
 */
export const check = (hass, pictureId, entryIds, userId) =>
  ask(hass, "pictures/check", {
    picture_id: pictureId,
    entry_ids: entryIds,
    ...(userId ? { user_id: userId } : {}),
  });

/**
 * @type {(hass: Hass, fields: {picture_id: string, entry_ids: string[], name: string,
 *   if_exists?: string, allow_duplicate_face?: boolean}) =>
 *   Promise<{name: string, results: Result[]}>}
 */
export const enroll = (hass, fields) => ask(hass, "people/enroll", fields);

/**
 * @type {(hass: Hass, fields: {entry_ids: string[], user_id: string, name?: string,
 *   picture_id?: string, allow_duplicate_face?: boolean}) => Promise<{results: Result[]}>}
 */
export const update = (hass, fields) => ask(hass, "people/update", fields);

/**
 * @type {(hass: Hass, fields: {user_id: string, name: string, person: string | null,
 *   minimum_score: number | null}) => Promise<unknown>}
 */
export const link = (hass, fields) => ask(hass, "people/link", fields);

/**
 * @type {(hass: Hass, entryIds: string[], userId: string) => Promise<{results: Result[]}>}
 */
export const remove = (hass, entryIds, userId) =>
  ask(hass, "people/delete", { entry_ids: entryIds, user_id: userId });

/**
 * Compare, or bring in line: the action sync_users.
 * @param {Hass} hass
 * @param {{device_id: string[], source_device_id?: string, mode: "add" | "mirror",
 *   dry_run: boolean}} fields
 */
export async function sync(hass, fields) {
  const args = /** @type {const} */ (["face_module", "sync_users", fields]);
  return (await hass.callService(...args, undefined, false, true)).response;
}

/** @type {(hass: Hass, jobId: string) => Promise<unknown>} */
export const cancelJob = (hass, jobId) => ask(hass, "jobs/cancel", { job_id: jobId });
