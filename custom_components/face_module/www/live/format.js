/** Times and errors as the user reads them. */

import { languageOf } from "../shared/texts.js";

/** @typedef {import("../shared/common.js").Hass} Hass */

/**
 * @param {Hass | undefined} hass
 * @returns {Intl.DateTimeFormatOptions}
 */
function zone(hass) {
  const format = hass?.locale?.time_format;
  return {
    timeZone: hass?.locale?.time_zone === "server" ? hass.config?.time_zone : undefined,
    // Not hour12: without it midnight would be 24:00 in English.
    hourCycle: format === "12" ? "h12" : format === "24" ? "h23" : undefined,
  };
}

/**
 * "14:02" today, "Nov 24" earlier.
 * @param {Hass | undefined} hass
 * @param {string} iso
 * @param {number} [now]
 */
export function shortTime(hass, iso, now = Date.now()) {
  const time = new Date(iso);
  const day = new Intl.DateTimeFormat(languageOf(hass), {
    ...zone(hass),
    month: "short",
    day: "numeric",
  });
  if (day.format(time) !== day.format(now)) return day.format(time);
  return new Intl.DateTimeFormat(languageOf(hass), {
    ...zone(hass),
    hour: "numeric",
    minute: "2-digit",
  }).format(time);
}

/**
 * "14:02", by the clock of the house.
 * @param {Hass | undefined} hass
 * @param {string} iso
 */
export const shortClock = (hass, iso) =>
  new Intl.DateTimeFormat(languageOf(hass), {
    ...zone(hass),
    timeZone: hass?.config?.time_zone,
    hour: "numeric",
    minute: "2-digit",
  }).format(new Date(iso));

/**
 * Date and time to the second.
 * @param {Hass | undefined} hass
 * @param {string} iso
 */
export const longTime = (hass, iso) =>
  new Intl.DateTimeFormat(languageOf(hass), {
    ...zone(hass),
    dateStyle: "medium",
    timeStyle: "medium",
  }).format(new Date(iso));

/** What went wrong, in the words of whoever noticed. @param {unknown} error */
export function errorText(error) {
  if (error && typeof error === "object") {
    const { message, body, error: lost } =
      /** @type {{message?: string, body?: {message?: string}, error?: {message?: string}}} */ (
        error
      );
    const words = body?.message || message || lost?.message;
    if (words) return String(words);
  }
  return typeof error === "string" ? error : "?";
}
