/** What the people card computes: pages of people, rows of tiles, names and verdicts. */

/**
 * @typedef {{
 *   user_id: string, name: string, person: string | null,
 *   minimum_score: number | null, device: boolean, picture: string | null, access?: Access,
 *   waiting?: Waiting[]
 * }} Person
 * @typedef {{
 *   mode: "always" | "never" | "rule", text: string, may_enter: boolean, guest: boolean,
 *   start: string | null, end: string | null, entities: string[], match: string,
 *   visits: number | null, device_id: string[], remove_afterwards: boolean
 * }} Access
 * @typedef {{
 *   entry_id: string, module: string, user_id: string, called: string,
 *   change: "forget" | "rename" | "picture", name: string | null, error: string | null
 * }} Waiting
 * @typedef {{
 *   entry_id: string, verdict: "good" | "no_face" | "poor_picture" | "looks_like" | "error",
 *   user_id?: string, name?: string, score?: number, picture?: string, message: string
 * }} Verdict
 * @typedef {{entryId: string, deviceId: string, name: string, count: string | null}} Module
 */

/** For pickers of devices: those of people have no binary sensor. */
export const MODULES = {
  filter: { integration: "face_module" },
  entity: { domain: "binary_sensor" },
};

/** So many are found at most. */
export const FOUND = 50;
/** Height of a row of tiles, with its gap; px. */
export const ROW = 144;
const TILE = 88;
const COLUMNS = 10;
/** Rows in view. With one more that is half in view, and 10 columns: at most two pages. */
export const ROWS = 4;

/** How many tiles fit beside each other. @param {number} width px */
export const columnsIn = (width) =>
  Math.max(2, Math.min(COLUMNS, Math.floor(width / TILE)));

/**
 * What runs out, or that somebody is a guest; "" for all others.
 * @param {import("../shared/texts.js").Text} t
 * @param {string} language
 * @param {Access} access
 * @param {number} [now]
 */
export function runsOut(t, language, { guest, visits, end }, now = Date.now()) {
  const minutes = end ? Math.ceil((Date.parse(end) - now) / 60_000) : Infinity;
  if (visits === 0 || minutes <= 0) return guest ? t("over") : "";
  if (visits !== null) return t(visits === 1 ? "visit_left" : "visits_left", { count: visits });
  if (minutes > 2880) return guest ? t("guest") : "";
  /** @type {[string, number]} */
  const [unit, count] = minutes < 90 ? ["minute", minutes] : ["hour", minutes / 60];
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit,
    maximumFractionDigits: 0,
  }).format(count);
}

/**
 * What changes when a time has come, or what rules ask for is on or off.
 * @param {import("../shared/common.js").Hass} hass
 * @param {(Access | undefined)[]} rules
 */
export function momentOf({ states }, rules) {
  const now = Date.now();
  return JSON.stringify(
    rules.map((a) => [
      ...(a?.entities ?? []).map((id) => states[id]?.state),
      ...[a?.start, a?.end].map((time) => time && now >= Date.parse(time)),
    ]),
  );
}

/** "Anna Klein" → "AK", "陈伟" → "陈". @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0] ?? "").join("").toLocaleUpperCase();
}

/**
 * The verdicts in few lines: modules that say the same are one line, without names when
 * all do.
 * @param {Verdict[]} verdicts
 * @param {Module[]} modules
 * @returns {{verdict: Verdict, modules: string[]}[]}
 */
export function grouped(verdicts, modules) {
  /** @type {Map<string, {verdict: Verdict, modules: string[]}>} */
  const groups = new Map();
  for (const verdict of verdicts) {
    const key = JSON.stringify([verdict.verdict, verdict.name, verdict.message]);
    const group = groups.get(key) ?? { verdict, modules: [] };
    group.modules.push(modules.find((one) => one.entryId === verdict.entry_id)?.name ?? "");
    groups.set(key, group);
  }
  const found = [...groups.values()];
  return found.length > 1 ? found : found.map((one) => ({ ...one, modules: [] }));
}

/**
 * What keeps a picture from being saved: "no_face" when no module finds one, "looks_like"
 * as long as that is not allowed, else null.
 * @param {Verdict[]} verdicts
 * @param {boolean} allowed
 */
export function obstacle(verdicts, allowed) {
  if (verdicts.length && verdicts.every((one) => one.verdict === "no_face")) return "no_face";
  if (!allowed && verdicts.some((one) => one.verdict === "looks_like")) return "looks_like";
  return null;
}

/**
 * The lines of an answer about a person that went wrong; modules that never knew the
 * person did nothing wrong.
 * @template {{ok: boolean, key?: string | null}} Line
 * @param {Line[]} results
 */
export const failures = (results) =>
  results.filter((line) => !line.ok && line.key !== "user_unknown");

/**
 * What is said of a job.
 * @param {import("../shared/texts.js").Text} t
 * @param {import("./api.js").Job} job
 */
export function jobWords(t, job) {
  const kind = job.kind === "sync" && job.dry_run ? "compare" : job.kind;
  /** @type {any} */
  const values = { ...job, kind: t(`job_${kind}`) };
  if (!job.finished) return t(job.files && !job.total ? "job_sending" : "job_progress", values);
  const end = job.cancelled ? "job_cancelled" : "job_finished";
  return job.kind === "import" ? t(`${end}_import`, values) : t(end, values);
}

/**
 * Whom or what a line is about, and the line, unless it begins with that itself.
 * @param {import("../shared/texts.js").Text} t
 * @param {string} name
 * @param {string} text
 */
export const about = (t, name, text) =>
  text.startsWith(name) && !/^[\p{L}\p{N}]/u.test(text.slice(name.length))
    ? text
    : t("on_module", { module: name, text });

/**
 * Somebody who failed, on one module or several.
 * @typedef {{
 *   person: number | null, name: string, known: string, userId: string | null,
 *   exists: boolean, devices: string[], picture: boolean,
 *   words: (modules: Module[]) => string
 * }} Group
 */

/**
 * The lines of a report by whom they are about, in the user's language.
 * @param {(line: import("./api.js").Failed) => Promise<string>} translate
 * @param {import("./api.js").Failed[]} lines
 * @returns {Promise<Group[]>}
 */
export async function byPerson(translate, lines) {
  /** @type {Map<unknown, import("./api.js").Failed[]>} */
  const groups = new Map();
  for (const line of lines) {
    const key = line.person ?? line;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return Promise.all(
    [...groups.values()].map(async (group) => {
      const [first] = group;
      const said = await Promise.all(group.map(translate));
      const words = (/** @type {Module[]} */ modules) =>
        new Set(said).size === 1
          ? said[0]
          : group
              .map(({ device_id }, index) => {
                const module = modules.find((one) => one.deviceId === device_id);
                return module ? `${module.name}: ${said[index]}` : said[index];
              })
              .join(" ");
      return {
        person: first.person,
        name: first.name,
        known: first.named ? first.name : "",
        userId: first.user_id,
        exists: group.some((line) => line.translation_key === "user_exists"),
        devices: group.map(({ device_id }) => device_id ?? ""),
        picture: group.some((line) => line.picture),
        words,
      };
    }),
  );
}
