/** The people card's words with Home Assistant: websocket commands, uploads, actions. */

import { languageOf, load, text } from "../shared/texts.js";
import { failures, FOUND } from "./logic.js";
import { shrunk } from "./shrink.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Module, Person, Verdict } from "./logic.js" */

/**
 * @typedef {{
 *   code?: string, message?: string, error?: string, translation_domain?: string,
 *   translation_key?: string, translation_placeholders?: Record<string, string>
 * }} Problem
 * @typedef {{picture_id: string, width: number, height: number}} Taken
 * @typedef {{entry_id: string, visit_id: string}} VisitOf
 * @typedef {{
 *   entry_id: string, ok: boolean, result?: string, error?: string, key?: string | null
 * }} Result
 * @typedef {import("./logic.js").Waiting} Waiting
 * @typedef {{
 *   user_id: string, people: {name: string, modules: string[], entry_ids: string[],
 *   person: string | null, picture: string | null}[]
 * }} Conflict
 * @typedef {{
 *   job_id: string, kind: string, dry_run: boolean, entry_ids: string[], files: number,
 *   received: number, total: number, done: number, added: number, replaced: number,
 *   unchanged: number, failed: number, cancelled: boolean, finished: boolean, report: boolean
 * }} Job
 * @typedef {Problem & {
 *   name: string, source: string | null, named: boolean, user_id: string | null,
 *   device_id: string | null, person: number | null, picture: boolean
 * }} Failed
 * @typedef {Job & {
 *   lines: Failed[], notes: (Problem & {name: string})[], people: {name: string, device_id: string | null, result: string}[],
 *   error: Problem | null
 * }} Report
 * @typedef {{job_id: string, person: number}} FailedOf
 * @typedef {VisitOf | FailedOf | {entry_id: string, stranger_id: string}} Pictured
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
    // That of a person is none.
    if (device?.entry_type === "service") continue;
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
  const language = languageOf(hass);
  return [...found.values()].sort((one, two) => one.name.localeCompare(two.name, language));
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

/** Who was asked last: whoever asks twice at once is given what is not loaded yet. @type {any} */
let asked = {};

/**
 * What went wrong, in the user's language where Home Assistant's frontend knows it.
 * @param {Hass} hass
 * @param {unknown} problem
 * @returns {Promise<string>}
 */
export async function wordsOf(hass, problem) {
  const { code, message, error, translation_domain, translation_key, translation_placeholders } =
    /** @type {Problem} */ (problem ?? {});
  // So the frontend says that the connection was lost, with words of its own inside.
  const lost = !!error && typeof error === "object";
  if (lost || code === "invalid_format") {
    await load("people", languageOf(hass));
    return text(hass, "people")(lost ? "lost" : "not_valid", { error: message ?? "" });
  }
  /** @type {any} */
  const frontend = hass;
  if (translation_domain === "face_module" && frontend.loadBackendTranslation) {
    try {
      const language = languageOf(hass);
      const load = frontend.loadBackendTranslation;
      if (asked.load !== load || asked.language !== language) {
        asked = { load, language, answer: load.call(hass, "exceptions", "face_module") };
      }
      const localize = await asked.answer;
      const key = `component.face_module.exceptions.${translation_key}.message`;
      const words = localize(key, translation_placeholders);
      if (words) return words;
    } catch {
      // The words that came with the error are as good, only perhaps not translated.
      asked = {};
    }
  }
  return message || error || String(problem);
}

/** @type {(hass: Hass, command: string, fields: object) => Promise<any>} */
export const ask = (hass, command, fields) =>
  hass.callWS({ type: `face_module/${command}`, ...fields });

/**
 * @type {(hass: Hass, entryId: string, offset: number, limit: number) =>
 *   Promise<import("../shared/paged.js").Page<Person>>}
 */
export async function listPeople(hass, entry_id, offset, limit) {
  const language = languageOf(hass);
  const { total, people } = await ask(hass, "people/list", {
    entry_id,
    offset,
    limit,
    language,
  });
  return { total, offset, items: people };
}

/** @type {(hass: Hass, entryId: string, query: string) => Promise<{people: Person[]}>} */
export const searchPeople = (hass, entryId, query) =>
  ask(hass, "people/search", {
    entry_id: entryId,
    query,
    limit: FOUND,
    language: languageOf(hass),
  });

/**
 * Send a picture; rejects with what is wrong with it.
 * @param {Hass} hass
 * @param {Blob} file
 * @returns {Promise<Taken>}
 */
export async function upload(hass, file) {
  const body = await shrunk(file);
  if (body.size > MAX_BYTES) {
    throw { translation_domain: "face_module", translation_key: "picture_too_large" };
  }
  const answer = await hass.fetchWithAuth(UPLOAD, { method: "POST", body });
  if (answer.ok) return answer.json();
  throw await refusal(answer);
}

/**
 * Why something that was sent is not taken: by us, or by a proxy before it got here.
 * @param {Response} answer
 * @returns {Promise<Problem & {status: number}>}
 */
export async function refusal(answer) {
  const { status } = answer;
  const { error, key } = await answer.json().catch(() => ({}));
  const known = key ?? (status === 413 ? "proxy_too_large" : undefined);
  return {
    status,
    message: error ?? `HTTP ${status}`,
    translation_domain: known && "face_module",
    translation_key: known,
  };
}

/**
 * The picture of a camera or image entity, of a visit, of a stranger, or of who could not
 * be imported.
 * @type {(hass: Hass, source: {entity_id: string} | Pictured) => Promise<Taken>}
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
 * With `access` they have the rule before they are known anywhere.
 * @type {(hass: Hass, fields: {picture_id: string, entry_ids: string[], name: string,
 *   user_id?: string, if_exists?: string, allow_duplicate_face?: boolean,
 *   access?: object}) =>
 *   Promise<{name: string, user_id: string, results: Result[]}>}
 */
export const enroll = (hass, fields) => ask(hass, "people/enroll", fields);

/**
 * Change somebody who is `called` so; everywhere: also on modules that are away, later.
 * @type {(hass: Hass, fields: {entry_ids: string[], user_id: string, called: string,
 *   everywhere: boolean, name?: string, picture_id?: string,
 *   allow_duplicate_face?: boolean}) => Promise<{results: Result[]}>}
 */
export const update = (hass, fields) => ask(hass, "people/update", fields);

/**
 * @type {(hass: Hass, fields: {user_id: string, entry_id: string, name: string,
 *   person: string | null, minimum_score: number | null, device: boolean}) =>
 *   Promise<unknown>}
 */
export const link = (hass, fields) => ask(hass, "people/link", fields);

/**
 * @type {(hass: Hass, fields: {entry_ids: string[], user_id: string, called: string,
 *   everywhere: boolean, undo: boolean}) => Promise<{results: Result[], undo: string | null}>}
 */
export const remove = (hass, fields) => ask(hass, "people/delete", fields);

/**
 * Say when somebody may enter; the fields of the action set_access.
 * @param {Hass} hass
 * @param {{user_id: string, name: string, entry_id?: string} & Record<string, any>} fields
 * @returns {Promise<import("./logic.js").Access>}
 */
export const setAccess = (hass, fields) =>
  ask(hass, "access/set", { ...fields, language: languageOf(hass) });

/**
 * Remove somebody from modules, Home Assistant's list and the visit book.
 * @type {(hass: Hass, person: Person) => Promise<{results: Result[], visits: number}>}
 */
export const eraseAll = (hass, { user_id, name }) =>
  ask(hass, "people/erase", { user_id, called: name });

/** What waits for modules that are away. @type {(hass: Hass) => Promise<{changes: Waiting[]}>} */
export const waiting = (hass) => ask(hass, "people/waiting", {});

/** @type {(hass: Hass, change: Waiting) => Promise<unknown>} */
export const giveUp = (hass, { entry_id, user_id, called }) =>
  ask(hass, "people/give_up", { entry_id, user_id, called });

/**
 * Who shares a user id with somebody else.
 * @type {(hass: Hass) => Promise<{total: number, conflicts: Conflict[]}>}
 */
export const conflicts = (hass) => ask(hass, "people/conflicts", {});

/**
 * Say that all who share a user id are one, or that the one of this name is another.
 * @type {(hass: Hass, fields: {user_id: string, same: boolean, name: string}) => Promise<{user_id: string}>}
 */
export const sayWho = (hass, fields) => ask(hass, "people/settle", fields);

/**
 * Compare, or bring in line: the action sync_users.
 * @param {Hass} hass
 * @param {{device_id: string[], source_device_id?: string, mode: "add" | "mirror",
 *   user_id?: string[], dry_run: boolean}} fields
 */
export async function sync(hass, fields) {
  const args = /** @type {const} */ (["face_module", "sync_users", fields]);
  return (await hass.callService(...args, undefined, false, true)).response;
}

/** @type {(hass: Hass, jobId: string) => Promise<unknown>} */
export const cancelJob = (hass, jobId) => ask(hass, "jobs/cancel", { job_id: jobId });

/** @type {(hass: Hass, jobId: string) => Promise<Report>} */
export const reportOf = (hass, jobId) => ask(hass, "jobs/report", { job_id: jobId });

/** Forget a report. @type {(hass: Hass, jobId: string) => Promise<unknown>} */
export const dismissJob = (hass, jobId) => ask(hass, "jobs/dismiss", { job_id: jobId });

/** Somebody who failed is enrolled. @type {(hass: Hass, who: FailedOf) => Promise<unknown>} */
export const settle = (hass, who) => ask(hass, "jobs/settle", who);

/**
 * The name that a file says, by the server's rule; empty if it says none.
 * @type {(hass: Hass, file: string) => Promise<string>}
 */
export const nameOfFile = async (hass, file) =>
  (await ask(hass, "people/name", { file })).name ?? "";


/**
 * @typedef {{
 *   name: string, person: string | null, minimum_score: number | null, device: boolean
 * }} Wanted
 */

/**
 * Give somebody another name or picture on modules; what failed there.
 * @param {Hass} hass
 * @param {Person} person
 * @param {string} name
 * @param {{entryIds: string[], pictureId: string | null, allowed: boolean}} how
 * @returns {Promise<Result[]>}
 */
export async function saveOnModules(hass, person, name, { entryIds, pictureId, allowed }) {
  if (name === person.name && !pictureId) return [];
  const { results } = await update(hass, {
    entry_ids: entryIds,
    user_id: person.user_id,
    called: person.name,
    everywhere: true,
    ...(name === person.name ? {} : { name }),
    ...(pictureId ? { picture_id: pictureId } : {}),
    allow_duplicate_face: allowed,
  });
  return failures(results);
}

/**
 * Have Home Assistant remember what it is told of somebody besides, where that is new.
 * @param {Hass} hass @param {Person} before @param {Wanted} wanted @param {string} entryId
 */
export async function saveHere(hass, before, wanted, entryId) {
  const { user_id, person, minimum_score, device } = before;
  if (
    wanted.person !== person ||
    wanted.minimum_score !== minimum_score ||
    wanted.device !== device
  ) {
    await link(hass, { ...wanted, entry_id: entryId, user_id });
  }
}

/**
 * Somebody as a module shows them now.
 * @param {Hass} hass @param {Person} person @param {string} entryId
 */
export async function asItIs(hass, { user_id }, entryId) {
  const { people } = await searchPeople(hass, entryId, user_id);
  return people.find((one) => one.user_id === user_id);
}
