/** Saving what was changed about somebody: on the modules, and in Home Assistant. */

import { link, searchPeople, update } from "./api.js";
import { failures } from "./logic.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Result } from "./api.js" */
/** @import { Person } from "./logic.js" */

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
