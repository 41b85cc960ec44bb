/** What all cards need: times, numbers, events and their common look. */

import { css } from "./lit.js";
import { languageOf, pageLanguage } from "./texts.js";

/**
 * What the cards use of the object that Home Assistant hands to every card.
 * @typedef {{state: string, attributes: Record<string, any>, last_changed: string}} State
 * @typedef {{
 *   entity_id: string, platform?: string, device_id?: string, name?: string,
 *   translation_key?: string, hidden?: boolean
 * }} EntityEntry
 * @typedef {{
 *   states: Record<string, State | undefined>,
 *   entities: Record<string, EntityEntry | undefined>,
 *   devices: Record<string, {
 *     id: string, name?: string, name_by_user?: string, primary_config_entry?: string | null,
 *     entry_type?: string | null
 *   } | undefined>,
 *   language: string,
 *   locale?: {language: string, time_zone?: string, time_format?: string},
 *   config?: {time_zone: string},
 *   user?: {is_admin: boolean, name: string},
 *   connection: {
 *     subscribeMessage: (
 *       told: (message: any) => void, message: object, options?: object
 *     ) => Promise<() => Promise<void>>,
 *     addEventListener: (type: string, listener: () => void) => void,
 *     removeEventListener: (type: string, listener: () => void) => void,
 *   },
 *   connected?: boolean,
 *   callWS: (message: object) => Promise<any>,
 *   callService: (
 *     domain: string, service: string, data?: object, target?: object,
 *     notifyOnError?: boolean, returnResponse?: boolean
 *   ) => Promise<any>,
 *   fetchWithAuth: (path: string, init?: RequestInit) => Promise<Response>,
 * }} Hass
 * @typedef {import("./texts.js").Text} Text
 */

/** What every editor asks for. */
export const FIELDS = [
  { name: "entity", selector: { entity: { filter: { integration: "face_module" } } } },
  { name: "title", selector: { text: {} } },
];

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/**
 * "5 minutes ago", "now". Never in the future: the browser's clock may be slow.
 * @param {Hass | undefined} hass
 * @param {string} iso
 * @param {number} [now]
 */
export function relativeTime(hass, iso, now = Date.now()) {
  const passed = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  const [unit, seconds] =
    passed < 10 ? UNITS[6] : (UNITS.find((one) => passed >= one[1]) ?? UNITS[6]);
  const language = languageOf(hass);
  // The browser says "at present", which nobody says of somebody who came.
  if (passed < 10 && language.startsWith("zh")) return "刚刚";
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return format.format(passed < 10 ? 0 : -Math.floor(passed / seconds), unit);
}

/** 96.5 → "97%", with a space where Home Assistant writes one. @param {number} number */
export const percent = (number) =>
  `${Math.round(number)}${/^(cs|de|fi|fr|sk|sv)\b/.test(pageLanguage()) ? " " : ""}%`;

/**
 * Tell whoever is around a node, across shadow roots, as Home Assistant's frontend expects.
 * @param {EventTarget} node
 * @param {string} type
 * @param {unknown} [detail]
 */
export function fire(node, type, detail) {
  node.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
}

/** The common look: Home Assistant's variables only, so that every theme fits. */
export const shared = css`
  :host {
    --fm-primary: var(--primary-color, #03a9f4);
    --fm-text: var(--primary-text-color, #141414);
    --fm-quiet: var(--secondary-text-color, #5e5e5e);
    --fm-card: var(--ha-card-background, var(--card-background-color, #fff));
    --fm-line: var(--divider-color, #e0e0e0);
    --fm-soft: var(--secondary-background-color, #f0f0f0);
    --fm-good: var(--success-color, #43a047);
    --fm-bad: var(--error-color, #db4437);
    --fm-doubt: var(--warning-color, #ffa600);
    --fm-radius: var(--ha-card-border-radius, 12px);
    /* White on Home Assistant's bright blue is hard to read. */
    --fm-strong: var(--dark-primary-color, #0288d1);
    display: block;
    color: var(--fm-text);
    font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
    -webkit-font-smoothing: antialiased;
  }
  /* Old wall tablets do not know it, and would show white on nothing. */
  @supports (color: color-mix(in srgb, red, red)) {
    :host {
      --fm-strong: color-mix(in srgb, var(--fm-primary) 68%, #000);
    }
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  .card {
    container-type: inline-size;
    height: 100%;
    padding: 16px;
    overflow: hidden;
    background: var(--fm-card);
    border: var(--ha-card-border-width, 1px) solid var(--ha-card-border-color, var(--fm-line));
    border-radius: var(--fm-radius);
    box-shadow: var(--ha-card-box-shadow, none);
  }
  h2 {
    margin: 0;
    font-size: 1.125rem;
    font-weight: 500;
    line-height: 1.4;
    overflow-wrap: anywhere;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-width: 44px;
    min-height: 44px;
    padding: 0 16px;
    color: var(--fm-text);
    font: inherit;
    font-weight: 500;
    text-decoration: none;
    background: var(--fm-soft);
    border: 1px solid transparent;
    border-radius: 22px;
    cursor: pointer;
    transition: filter 0.15s;
  }
  button:hover:not(:disabled),
  .button:hover {
    filter: brightness(0.95);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  input,
  select,
  textarea {
    min-height: 44px;
    padding: 8px 12px;
    color: var(--fm-text);
    font: inherit;
    background: transparent;
    border: 1px solid var(--fm-quiet);
    border-radius: 8px;
  }
  :focus-visible {
    outline: 2px solid var(--fm-primary);
    outline-offset: 2px;
  }
  .primary {
    color: var(--text-primary-color, #fff);
    background: var(--fm-strong);
  }
  .quiet {
    color: var(--fm-quiet);
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    white-space: nowrap;
    clip-path: inset(50%);
  }
  .note {
    padding: 12px;
    line-height: 1.4;
    overflow-wrap: anywhere;
    background: var(--fm-soft);
    border-inline-start: 4px solid var(--fm-doubt);
    border-radius: 8px;
  }
  .note.bad {
    border-color: var(--fm-bad);
  }
  dialog {
    width: min(440px, calc(100vw - 32px));
    max-height: calc(100dvh - 32px);
    padding: 24px;
    overflow: auto;
    color: var(--fm-text);
    background: var(--fm-card);
    border: 1px solid var(--fm-line);
    border-radius: calc(var(--fm-radius) + 8px);
  }
  dialog::backdrop {
    background: rgba(0, 0, 0, 0.5);
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

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

const KEY = "faceModule";
/** The dialogs that are open, each with an entry in the history. @type {HTMLDialogElement[]} */
let shown = [];
// So often we are on the way back ourselves.
let leaving = 0;

const depth = () => history.state?.[KEY] ?? 0;

function keepUp() {
  while (!leaving && depth() < shown.length) history.pushState({ [KEY]: depth() + 1 }, "");
}

/** Open a dialog. @param {HTMLDialogElement} dialog */
export function open(dialog) {
  dialog.showModal();
  // One that went without being closed leaves its entry to this one.
  shown = [...shown.filter((one) => one.isConnected && one !== dialog), dialog];
  keepUp();
  const closed = () => {
    if (!shown.includes(dialog)) return;
    shown = shown.filter((one) => one !== dialog);
    if (!depth()) return;
    leaving += 1;
    history.back();
  };
  dialog.addEventListener("close", closed, { once: true });
}

addEventListener("popstate", () => {
  if (leaving) {
    leaving -= 1;
    keepUp();
  } else {
    for (const one of shown.splice(depth())) one.close();
  }
});
