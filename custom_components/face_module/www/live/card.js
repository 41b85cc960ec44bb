/** The live card: who is or was in front of a module, and what can be done about it. */

import { LitElement, html, nothing } from "../shared/lit.js";
import { errorText, open as show, percent, shared } from "../shared/common.js";
import { ready, text } from "../shared/texts.js";
import { checked, form, stub } from "./config.js";
import { Enroller } from "./enroll.js";
import { Source } from "./source.js";
import { style } from "./style.js";
import * as view from "./view.js";

/**
 * @typedef {import("../shared/common.js").Hass} Hass
 * @typedef {import("./config.js").Config} Config
 * @typedef {import("../shared/visits.js").Visit} Visit
 */

const TICK = 10_000;
// An answer says who was there at that moment.
const ANSWER_FOR = 20_000;
const SWITCHES = ["rgb_led", "ir_led", "show_bbox"];

performance.mark("face-module-card:module");

export class FaceModuleCard extends LitElement {
  static styles = [shared, style];

  static properties = {
    hass: { attribute: false },
    _config: { state: true },
    _answer: { state: true },
    _asking: { state: true },
    _busy: { state: true },
    _broken: { state: true },
    _open: { state: true },
    _telling: { state: true },
    _now: { state: true },
  };

  static getConfigForm = form;
  static getStubConfig = stub;

  constructor() {
    super();
    this.hass = /** @type {Hass | undefined} */ (undefined);
    this._config = /** @type {Config & {visits: number} | undefined} */ (undefined);
    this._answer = "";
    this._asking = false;
    // Switches that are being switched, and pictures that could not be loaded.
    this._busy = /** @type {string[]} */ ([]);
    this._broken = /** @type {string[]} */ ([]);
    this._open = /** @type {string | undefined} */ (undefined);
    // Notifications lead to a visit, which may be an older one.
    this._goTo = () => {
      const wanted = new URLSearchParams(location.search).get("visit") ?? undefined;
      this._source.all ||= !!wanted;
      if (wanted) this._open = wanted;
    };
    this._telling = /** @type {unknown} */ (nothing);
    this._now = Date.now();
    this._source = new Source(() => this.requestUpdate());
    this._enroller = new Enroller(() => this.requestUpdate());
    this._ticking = /** @type {ReturnType<typeof setInterval> | undefined} */ (undefined);
    this._forgetting = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    this._tick = () => {
      if (document.visibilityState === "visible") this._now = Date.now();
    };
  }

  /** @param {Config} config */
  setConfig(config) {
    this._config = checked(config);
  }

  getCardSize() {
    return this._config?.visits === 0 ? 6 : 8;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  connectedCallback() {
    super.connectedCallback();
    performance.mark("face-module-card:connected");
    this._ticking = setInterval(this._tick, TICK);
    document.addEventListener("visibilitychange", this._tick);
    window.addEventListener("location-changed", this._goTo);
    this._goTo();
    // Home Assistant takes cards out and puts them in again.
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this._ticking);
    clearTimeout(this._forgetting);
    document.removeEventListener("visibilitychange", this._tick);
    window.removeEventListener("location-changed", this._goTo);
    this._source.stop();
  }

  /** @param {Map<string, unknown>} changed */
  shouldUpdate(changed) {
    if (this.hass && !ready(this.hass, "live", () => this.requestUpdate())) return false;
    const before = /** @type {Hass | undefined} */ (changed.get("hass"));
    if (changed.size !== 1 || !before || !this.hass) return true;
    return this._source.concerns(before, this.hass);
  }

  willUpdate() {
    if (this.isConnected && this.hass && this._config) {
      this._source.follow(this.hass, this._config);
    }
  }

  firstUpdated() {
    requestAnimationFrame(() => performance.mark("face-module-card:paint"));
  }

  updated() {
    const dialog = this.renderRoot.querySelector("dialog");
    const open = this._opened !== undefined;
    if (!dialog || open === dialog.matches(":modal")) return;
    if (!open) dialog.close();
    else {
      // Whoever goes back from the dialog is not led to it again.
      const url = new URL(location.href);
      url.searchParams.delete("visit");
      history.replaceState(history.state, "", url);
      // A page that is laid out anew takes the card away for a moment.
      dialog.removeAttribute("open");
      show(dialog);
    }
  }

  get _t() {
    return text(this.hass, "live");
  }

  get _opened() {
    return this._source.visits?.find((visit) => visit.visit_id === this._open);
  }

  _close() {
    this._open = undefined;
  }

  /** @param {Visit} visit */
  async _tell({ user_id, name }) {
    this._close();
    await import("../page/tell.js");
    this._telling = html`<face-module-tell
      .hass=${this.hass}
      .person=${{ user_id, name: name || user_id }}
      @closed=${() => (this._telling = nothing)}
    ></face-module-tell>`;
  }

  /** @param {string} words */
  _say(words) {
    this._answer = words;
    clearTimeout(this._forgetting);
    this._forgetting = setTimeout(() => (this._answer = ""), ANSWER_FOR);
  }

  /** @param {unknown} error */
  _fail(error) {
    this._say(this._t("action_failed", { error: errorText(error) }));
  }

  /** @param {string} key */
  async _toggle(key) {
    const entity = this._source.module?.entities[key];
    if (!this.hass || !entity || this._busy.includes(key)) return;
    const service = this._source.known(key) === "on" ? "turn_off" : "turn_on";
    this._busy = [...this._busy, key];
    try {
      await this.hass.callService("switch", service, {}, { entity_id: entity }, false);
    } catch (error) {
      this._fail(error);
    }
    this._busy = this._busy.filter((one) => one !== key);
  }

  async _ask() {
    const device_id = this._source.module?.device_id;
    if (!this.hass || !device_id || this._asking) return;
    this._asking = true;
    this._answer = "";
    try {
      const { response } = await this.hass.callService(
        "face_module",
        "request_recognition",
        { device_id },
        undefined,
        false,
        true,
      );
      this._say(this._answerOf(response));
    } catch (error) {
      this._fail(error);
    }
    this._asking = false;
  }

  /** @param {any} found */
  _answerOf(found) {
    return this._t(`answer_${found.result ?? "nobody"}`, {
      name: found.name || found.user_id || this._t("stranger"),
      score: percent(found.score ?? 0),
      reason: found.reason ? this._t(`reason_${found.reason}`) : "",
    });
  }

  render() {
    const [hass, config, source, t] = [this.hass, this._config, this._source, this._t];
    if (!hass || !config) return nothing;
    const module = source.module;
    if (source.modules && !module) return view.missing(hass, t, config, source.modules);
    const loading = source.visits === undefined;
    // Until it is set up nobody is told who came.
    const { away } = source;
    const [last, ...earlier] = source.visits?.slice(0, config.visits + 1) ?? [];
    const name = hass.devices?.[module?.device_id ?? ""]?.name_by_user ?? module?.title;
    const title = config.title ?? name ?? html`<span class="bone"></span>`;
    const broken = this._broken;
    const failed = (/** @type {Event} */ event) => {
      const image = /** @type {HTMLImageElement} */ (event.target);
      this._broken = [...broken, image.dataset.url ?? ""];
    };
    const open = (/** @type {Visit | undefined} */ visit) => (this._open = visit?.visit_id);
    const close = () => this._close();
    const opened = this._opened;
    const hidden = config.hide ?? [];
    const switches = hidden.includes("switches")
      ? []
      : SWITCHES.filter((key) => source.state(key));
    const gone = away || source.state("connected")?.state === "off";
    return html`<section class="card ${loading ? "loading" : ""}" aria-busy=${loading}>
        <h2>${title}</h2>
        <div class="last">
          <div class="hero">
            <button
              class="frame"
              aria-haspopup="dialog"
              aria-label=${last
                ? t("open_last", { name: view.nameOf(t, last) })
                : t(away ? "not_ready" : "nobody_yet")}
              ?disabled=${!last}
              @click=${() => open(last)}
            >
              ${view.face(t, last, broken, failed)}
            </button>
            ${view.banner(hass, t, source)}
          </div>
          <div class="words">
            ${view.words(hass, t, last, loading, away)}
            ${hidden.includes("chips") ? nothing : view.chips(t, (key) => source.known(key))}
          </div>
        </div>
        ${config.visits
          ? view.strip(hass, t, earlier, loading || away, broken, open, failed)
          : nothing}
        <div class="deeds">
          ${hidden.includes("ask")
            ? nothing
            : html`<div class="asking">
                <button
                  class="ask"
                  aria-busy=${this._asking}
                  ?disabled=${gone}
                  @click=${this._ask}
                >
                  ${this._asking ? t("asking") : t("ask")}
                </button>
                <output>${this._answer}</output>
              </div>`}
          ${switches.length
            ? html`<div class="switches" role="group" aria-label=${t("switches")}>
                ${switches.map((key) =>
                  view.toggle(
                    t(key),
                    key,
                    source.state(key)?.state,
                    this._busy.includes(key),
                    () => this._toggle(key),
                  ),
                )}
              </div>`
            : nothing}
        </div>
      </section>
      <dialog
        aria-labelledby="heading"
        @close=${close}
        @click=${(/** @type {MouseEvent} */ event) =>
          // Beside the dialog's content: its backdrop.
          event.target === event.currentTarget && close()}
      >
        ${opened
          ? view.details(hass, t, opened, view.face(t, opened, broken, failed), {
              close,
              enroll: () => {
                close();
                this._enroller.open(opened, hass).catch((error) => this._fail(error));
              },
              tell: () => this._tell(opened).catch((error) => this._fail(error)),
            })
          : nothing}
      </dialog>
      ${this._enroller.dialog(hass)} ${this._telling}`;
  }
}

if (!customElements.get("face-module-card")) {
  customElements.define("face-module-card", FaceModuleCard);
}
