/** The cards' words: a file for each part and language, loaded when it is first asked for. */

/**
 * @typedef {Record<string, string>} Words
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Text
 * @typedef {"live" | "people" | "visits" | "page"} Part
 * @typedef {{language?: string, locale?: {language: string}} | undefined} Speaker
 */

const PATIENCE = 5_000;
const known = /** @type {Map<string, Words>} */ (new Map());
const asked = /** @type {Map<string, Promise<unknown>>} */ (new Map());
// What is there, or was waited for in vain.
const settled = /** @type {Set<string>} */ (new Set());

/** What the page is in, or will be once Home Assistant's frontend is there. */
export function pageLanguage() {
  const { lang } = document.documentElement;
  if (lang) return lang;
  try {
    // Where the frontend keeps what was chosen.
    return JSON.parse(localStorage.getItem("selectedLanguage") ?? "") || navigator.language;
  } catch {
    return navigator.language;
  }
}

/** @param {Speaker} hass */
export const languageOf = (hass) => hass?.locale?.language || hass?.language || "en";

/** A list as the page's language writes it. @param {string[]} names */
export const listed = (names) => names.join(pageLanguage().startsWith("zh") ? "、" : ", ");

/** @param {Part} part @param {string} language */
const fileOf = (part, language) => `${part}.${language.startsWith("zh") ? "zh-Hans" : "en"}`;

/** @param {string} file */
async function read(file) {
  const url = new URL(`../texts/${file}.json`, import.meta.url);
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  known.set(file, await answer.json());
}

/**
 * Load the words of a part. Never rejects: what cannot be loaded is English, or at least
 * says what it is about, and is asked for again later.
 * @param {Part} part
 * @param {string} [language]
 * @returns {Promise<unknown>}
 */
export function load(part, language = pageLanguage()) {
  const file = fileOf(part, language);
  let loading = asked.get(file);
  if (!loading) {
    loading = read(file)
      .catch((error) => {
        console.warn("Words of a card cannot be loaded", error);
        setTimeout(() => asked.delete(file), PATIENCE);
        return file === fileOf(part, "en") ? undefined : load(part, "en");
      })
      .then(() => settled.add(file));
    asked.set(file, loading);
  }
  return loading;
}

/**
 * Whether a card can speak to its user. If not yet, it hears when it can.
 * @param {Speaker} hass
 * @param {Part} part
 * @param {() => void} heard
 */
export function ready(hass, part, heard) {
  const language = languageOf(hass);
  const there = settled.has(fileOf(part, language));
  if (!there) void load(part, language).then(heard);
  return there;
}

/**
 * The words of a part in the user's language; a `{name}` is replaced by its value.
 * @param {Speaker} hass
 * @param {Part} part
 * @returns {Text}
 */
export function text(hass, part) {
  const file = fileOf(part, languageOf(hass));
  const english = fileOf(part, "en");
  if (!known.has(file)) void load(part, languageOf(hass));
  return (key, values = {}) => {
    const words = known.get(file)?.[key] ?? known.get(english)?.[key];
    if (words === undefined) {
      void load(part, "en");
      return [key.replaceAll("_", " "), ...Object.values(values)].join(" ");
    }
    // A function, because a name may hold what `replace` would take for a pattern.
    return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}
