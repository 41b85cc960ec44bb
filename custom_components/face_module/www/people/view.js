/** Parts of the people card that only show what they are given. */

import { html, nothing } from "../shared/lit.js";
import { FIELDS } from "../shared/common.js";
import { load, pageLanguage, text } from "../shared/texts.js";
import "./compare.js";
import "./details.js";
import "./enroll.js";
import "./import.js";
import { FOUND, jobWords } from "./logic.js";
import { stuck } from "./sending.js";

/** @import { Hass, Text } from "../shared/common.js" */
/** @import { Job } from "./api.js" */
/** @import { Module, Person } from "./logic.js" */

/** @typedef {"" | "enroll" | "guest" | "strangers" | "import" | "compare" | "details"} Dialog */

/** What the card's editor asks for. */
export async function configForm() {
  await load("people");
  return {
    schema: FIELDS,
    computeLabel: (/** @type {{name: string}} */ field) =>
      text({ language: pageLanguage() }, "people")(`label_${field.name}`),
  };
}

/**
 * @param {Text} t
 * @param {(dialog: Dialog) => void} show
 */
export const actions = (t, show) =>
  html`<div class="actions">
    <button class="primary" @click=${() => show("enroll")}>${t("enroll")}</button>
    <button @click=${() => show("guest")}>${t("guest")}</button>
    <button @click=${() => show("strangers")}>${t("strangers")}</button>
    <button @click=${() => show("import")}>${t("import")}</button>
    <button @click=${() => show("compare")}>${t("compare")}</button>
  </div>`;

/**
 * Which module, where there are several, and who is looked for.
 * @param {Text} t
 * @param {{
 *   modules: Module[], module: Module | undefined, query: string,
 *   switched: (event: Event) => void, typed: (event: Event) => void
 * }} values
 */
export const bar = (t, { modules, module, query, switched, typed }) =>
  html`<div class="bar">
    ${modules.length > 1
      ? html`<select aria-label=${t("module")} @change=${switched}>
          ${modules.map(
            ({ entryId, name }) =>
              html`<option value=${entryId} ?selected=${entryId === module?.entryId}>
                ${name}
              </option>`,
          )}
        </select>`
      : nothing}
    <input
      type="search"
      autocomplete="off"
      maxlength="100"
      aria-label=${t("search")}
      placeholder=${t("search")}
      .value=${query}
      @input=${typed}
    />
  </div>`;

/**
 * How many people there are, or were found.
 * @param {Text} t
 * @param {string} language
 * @param {Person[] | null} found
 * @param {number | null} total
 */
export function counted(t, language, found, total) {
  if (found) return t(found.length === FOUND ? "found_more" : "found", { count: found.length });
  if (total === null) return nothing;
  if (total === 1) return t("enrolled_one");
  return t("enrolled", { count: new Intl.NumberFormat(language).format(total) });
}

/**
 * What is said instead of tiles.
 * @param {Text} t
 * @param {Person[] | null} found
 * @param {number | null} total
 */
export function empty(t, found, total) {
  if (found ? found.length : total !== 0) return nothing;
  return html`<p class="empty quiet">${t(found ? "nobody_found" : "nobody")}</p>`;
}

/**
 * How far jobs are.
 * @param {Text} t
 * @param {Job[]} jobs
 * @param {{cancel: (job: Job) => void, report: (job: Job) => void,
 *   dismiss: (job: Job) => void}} act
 */
export const jobLines = (t, jobs, { cancel, report, dismiss }) =>
  jobs.map((job) => {
    const { done, total, files, received, finished } = job;
    const words = jobWords(t, job);
    return html`<div class="job">
      <span role="status">
        ${words} ${stuck.has(job.job_id) && !finished ? t("sent_trouble") : nothing}
      </span>
      ${finished
        ? job.report
          ? html`<span>
              <button @click=${() => report(job)}>${t("report")}</button>
              <button @click=${() => dismiss(job)}>${t("dismiss")}</button>
            </span>`
          : nothing
        : html`<button @click=${() => cancel(job)}>${t("cancel")}</button>
            <progress
              aria-label=${words}
              max=${(total || files) || 1}
              .value=${total ? done : received}
            ></progress>`}
    </div>`;
  });

/**
 * The dialog that is open.
 * @param {{
 *   open: Dialog, hass: Hass | undefined, module: Module | undefined, modules: Module[],
 *   person: Person | undefined, jobs: Job[], jobId: string, closed: () => void, changed: () => void,
 *   gone: (event: CustomEvent) => void
 * }} values
 */
export function dialog(values) {
  const { open, hass, module, modules, person, jobs, jobId, closed, changed, gone } = values;
  switch (open) {
    case "enroll":
    case "guest":
      return html`<face-module-people-enroll
        .hass=${hass} .module=${module} .modules=${modules} .guest=${open === "guest"}
        @closed=${closed} @people-changed=${changed}
      ></face-module-people-enroll>`;
    case "strangers":
      void import("./strangers.js");
      return html`<face-module-strangers-dialog
        .hass=${hass} @closed=${closed} @people-changed=${changed}
      ></face-module-strangers-dialog>`;
    case "import":
      return html`<face-module-people-import
        .hass=${hass} .module=${module} .modules=${modules} .jobs=${jobs} .jobId=${jobId}
        @closed=${closed} @people-changed=${changed}
      ></face-module-people-import>`;
    case "compare":
      return html`<face-module-people-compare
        .hass=${hass} .module=${module} .modules=${modules}
        .job=${jobs.find(({ kind, finished }) => kind === "sync" && !finished) ?? null}
        @closed=${closed} @people-changed=${changed}
      ></face-module-people-compare>`;
    case "details":
      return html`<face-module-people-details
        .hass=${hass} .module=${module} .modules=${modules} .person=${person}
        @closed=${closed} @people-changed=${changed} @person-deleted=${gone}
      ></face-module-people-details>`;
    default:
      return nothing;
  }
}
