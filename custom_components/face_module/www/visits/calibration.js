/** Which scores right, wrong and rejected visits had, and what another threshold would do. */

import { html, nothing, svg } from "../shared/lit.js";
import { percent } from "../shared/common.js";
import { languageOf, listed } from "../shared/texts.js";
import { ask } from "../people/api.js";
import { count, outcome } from "./logic.js";
import { Part, select, valueOf } from "./part.js";

/** @import { Module, Scores } from "./logic.js" */

const LANES = /** @type {const} */ (["right", "wrong", "rejected"]);
// Of the chart: a percent is so wide, a lane and its bars so high.
const STEP = 4;
const LANE = 52;
const BAR = 32;

export class VisitCalibration extends Part {
  static properties = {
    ...Part.properties,
    module: { attribute: false },
    _person: { state: true },
    _found: { state: true },
    _threshold: { state: true },
    _done: { state: true },
  };

  constructor() {
    super();
    this.module = /** @type {Module} */ (/** @type {unknown} */ (undefined));
    // Whose scores: their place in the answer, or everybody's.
    this._person = "";
    this._found = /** @type {{all: Scores, people: Scores[]} | null} */ (null);
    // What was chosen; null: what is suggested, or as it is.
    this._threshold = /** @type {number | null} */ (null);
    this._done = false;
  }

  /** @param {Map<string, Module | undefined>} changed */
  willUpdate(changed) {
    const before = changed.get("module");
    if (changed.has("module") && before?.entry_id !== this.module.entry_id) {
      this._look("");
      this._found = null;
      this.run(() => this._load());
    }
  }

  /** @param {string} person */
  _look(person) {
    [this._person, this._threshold, this._done] = [person, null, false];
  }

  async _load() {
    const { entry_id } = this.module;
    const found = await ask(this.hass, "visits/calibration", { entry_id });
    if (entry_id === this.module.entry_id) this._found = found;
  }

  render() {
    const { t, _found: found, _person: person } = this;
    if (!found) return this.problem();
    const people = found.people.map((one, index) => [String(index), one.name || one.user_id]);
    return html`${this.problem()}
      <div class="bar">
        ${select(t("person"), t("everybody"), person, (one) => this._look(one), people)}
      </div>
      ${this._scores(found.people[Number(person || NaN)] ?? found.all, found.all)}`;
  }

  /** @param {Scores} scores @param {Scores} all */
  _scores(scores, all) {
    const { t, module } = this;
    const somebody = scores !== all;
    const entity = module.entities.recognition_threshold ?? "";
    const own = Number(this.hass.states[entity]?.state);
    // The highest of them decides.
    const now = Math.max(own || 0, all.minimum_score ?? 0, scores.minimum_score ?? 0);
    const chosen = this._threshold ?? scores.suggestion?.threshold ?? Math.round(now);
    const values = { name: scores.name || scores.user_id, module: module.title };
    const words = { ...values, ...outcome(scores, chosen), threshold: percent(chosen) };
    return html`${this._chart(scores, chosen)}
      <p>${t(`why_${scores.reason}`, this._sums(scores))}</p>
      <label>
        <span>${t("threshold")}</span>
        <input
          type="range"
          min="0"
          max="100"
          aria-valuetext=${percent(chosen)}
          .value=${String(chosen)}
          @input=${(/** @type {Event} */ event) => {
            [this._threshold, this._done] = [Number(valueOf(event)), false];
          }}
        />
      </label>
      <p role="status">
        ${t("at", words)}
        <span class="quiet">${t("now", { threshold: percent(now) })}</span>
        ${this._done ? html`<span class="good">${t("saved")}</span>` : nothing}
      </p>
      ${somebody || own >= 0
        ? html`<div class="buttons">
            <button
              class="primary"
              ?disabled=${this._busy || chosen === now}
              @click=${() => this._set(somebody ? scores : entity, chosen)}
            >
              ${t(somebody ? "set_person" : "set_module", words)}
            </button>
          </div>`
        : nothing}`;
  }

  /** What is suggested, in numbers. @param {Scores} scores */
  _sums({ right, wrong, suggestion }) {
    const format = new Intl.NumberFormat(languageOf(this.hass));
    const sums = { ...suggestion, right: count(right), wrong: count(wrong) };
    return Object.fromEntries(Object.entries(sums).map(([key, n]) => [key, format.format(n)]));
  }

  /** @param {Scores} scores @param {number} threshold */
  _chart(scores, threshold) {
    const { t } = this;
    const [width, height] = [101 * STEP, LANES.length * LANE];
    const format = new Intl.NumberFormat(languageOf(this.hass));
    const words = LANES.map((lane) => `${t(lane)}: ${format.format(count(scores[lane]))}`);
    return html`<svg viewBox="0 0 ${width} ${height + 16}" role="img" aria-label=${listed(words)}>
        ${LANES.map((lane, index) => {
          const ground = (index + 1) * LANE;
          // There are few wrong ones: each lane has a measure of its own.
          const tall = Math.max(...scores[lane].map(([, many]) => many));
          return svg`<text class="lane" y=${ground - LANE + 14}>${words[index]}</text>
            <path class="ground" d="M0 ${ground}H${width}" />
            ${scores[lane].map(([score, many]) => {
              const high = Math.max(2, (many / tall) * BAR);
              return svg`<rect class=${lane} x=${score * STEP} y=${ground - high}
                width=${STEP - 1} height=${high}><title>${percent(score)}: ${many}</title></rect>`;
            })}`;
        })}
        <path class="line" d="M${threshold * STEP} 0V${height}" />
        ${[0, 25, 50, 75, 100].map(
          (score) => svg`<text x=${score * STEP} y=${height + 13}>${score}</text>`,
        )}
      </svg>`;
  }

  /** @param {Scores | string} whose somebody's minimum, or an entity @param {number} value */
  async _set(whose, value) {
    const { hass, module } = this;
    this._done = await this.run(async () => {
      if (typeof whose === "string") {
        await hass.callService("number", "set_value", { value }, { entity_id: whose }, false);
      } else {
        const { entry_id } = module;
        const { user_id, name } = whose;
        const fields = { entry_id, user_id, name, minimum_score: value };
        await ask(hass, "people/link", fields);
      }
      await this._load();
    });
  }
}

customElements.get("face-module-visits-calibration") ||
  customElements.define("face-module-visits-calibration", VisitCalibration);
