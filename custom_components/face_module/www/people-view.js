/** Parts of the people card that only show what they are given. */

import { html, nothing } from "./lit.js";
import { text } from "./common.js";
import "./people-compare.js";
import "./people-details.js";
import "./people-enroll.js";
import "./people-import.js";
import { FOUND } from "./people-logic.js";
import { TEXTS } from "./people-texts.js";

/** @import { Hass, Text } from "./common.js" */
/** @import { Job } from "./people-api.js" */
/** @import { Module, Person } from "./people-logic.js" */

/** @typedef {"" | "enroll" | "import" | "compare" | "details"} Dialog */

/** What the card's editor asks for. */
export const configForm = () => ({
  schema: [
    { name: "device_id", selector: { device: { integration: "face_module" } } },
    { name: "title", selector: { text: {} } },
  ],
  computeLabel: (/** @type {{name: string}} */ field) => {
    /** @type {any} */
    const page = document.querySelector("home-assistant");
    return text(page?.hass, TEXTS)(`label_${field.name}`);
  },
});

/**
 * @param {Text} t
 * @param {(dialog: Dialog) => void} show
 */
export const actions = (t, show) =>
  html`<div class="actions">
    <button class="primary" @click=${() => show("enroll")}>${t("enroll")}</button>
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
 * How far a job is.
 * @param {Text} t
 * @param {Job | null} job
 * @param {() => void} cancel
 */
export function jobLine(t, job, cancel) {
  if (!job) return nothing;
  const { done, total, failed, finished } = job;
  const values = { kind: t(`job_${job.kind}`), done, total, failed };
  return html`<div class="job">
    <span role="status">${t(finished ? "job_finished" : "job_progress", values)}</span>
    ${finished
      ? nothing
      : html`<button @click=${cancel}>${t("cancel")}</button>
          <progress
            aria-label=${t("job_progress", values)}
            max=${total || 1}
            .value=${done}
          ></progress>`}
  </div>`;
}

/**
 * The dialog that is open.
 * @param {{
 *   open: Dialog, hass: Hass | undefined, module: Module | undefined, modules: Module[],
 *   person: Person | undefined, job: Job | null, closed: () => void, changed: () => void
 * }} values
 */
export function dialog({ open, hass, module, modules, person, job, closed, changed }) {
  switch (open) {
    case "enroll":
      return html`<face-module-people-enroll
        .hass=${hass} .module=${module} .modules=${modules}
        @closed=${closed} @people-changed=${changed}
      ></face-module-people-enroll>`;
    case "import":
      return html`<face-module-people-import
        .hass=${hass} .module=${module} .modules=${modules}
        @closed=${closed} @people-changed=${changed}
      ></face-module-people-import>`;
    case "compare":
      return html`<face-module-people-compare
        .hass=${hass} .module=${module} .modules=${modules} .job=${job}
        @closed=${closed} @people-changed=${changed}
      ></face-module-people-compare>`;
    case "details":
      return html`<face-module-people-details
        .hass=${hass} .module=${module} .modules=${modules} .person=${person}
        @closed=${closed} @people-changed=${changed}
      ></face-module-people-details>`;
    default:
      return nothing;
  }
}
