/** What the live card shows, piece by piece; nothing here remembers anything. */

import { html, nothing, repeat } from "../shared/lit.js";
import { longTime, percent, relativeTime, shortTime } from "../shared/common.js";
import { icon } from "./icons.js";

/**
 * @typedef {import("../shared/common.js").Hass} Hass
 * @typedef {import("../shared/common.js").Text} Text
 * @typedef {import("../shared/visits.js").Visit} Visit
 * @typedef {import("../shared/lit.js").TemplateResult} TemplateResult
 * @typedef {(visit: Visit) => void} Open
 */

const SCORES = /** @type {const} */ ([
  "score",
  "rgb_liveness_score",
  "nir_liveness_score",
  "mask_score",
]);

/** @param {Text} t @param {Visit} visit */
export const nameOf = (t, visit) => visit.name || visit.user_id || t("stranger");

/**
 * The verdict in words, with the reason if there is one.
 * @param {Text} t
 * @param {Visit} visit
 */
export function verdictOf(t, visit) {
  if (visit.late) return t("late");
  const [verdict, { reason }] = [t(visit.verdict), visit];
  return reason ? t("with_reason", { verdict, reason: t(`reason_${reason}`) }) : verdict;
}

/**
 * Which camera saw somebody; nothing when the module itself did.
 * @param {Hass} hass
 * @param {Text} t
 * @param {Visit} visit
 */
export function sourceOf(hass, t, { source }) {
  if (!source) return null;
  if (!source.includes(".")) return t("source_picture");
  return String(hass.states[source]?.attributes.friendly_name ?? source);
}

/** Who was not judged has no verdict's icon. @param {Visit} visit */
const mark = (visit) => icon(visit.late ? "unknown" : visit.verdict);

/**
 * A face in a frame whose size does not depend on it.
 * @param {Text} t
 * @param {Visit | undefined} visit
 * @param {string[]} broken pictures that could not be loaded
 * @param {(event: Event) => void} onError
 */
export function face(t, visit, broken, onError) {
  const url = visit?.image_url;
  if (!visit || !url || broken.includes(url)) {
    return html`<span class="nobody">${icon("person")}</span>`;
  }
  const alt = t("picture_of", { name: nameOf(t, visit) });
  return html`<img class="around" src=${url} alt="" /><img
      src=${url}
      alt=${alt}
      data-url=${url}
      @error=${onError}
    />`;
}

/**
 * Name, verdict, score and how long ago.
 * @param {Hass} hass
 * @param {Text} t
 * @param {Visit | undefined} visit
 * @param {boolean} loading
 * @param {boolean} away whether nobody can be told
 */
export function words(hass, t, visit, loading, away) {
  if (loading) {
    return html`<div class="name"><span class="bone"></span></div>
      <div class="verdict"><span class="bone"></span></div>
      <div class="quiet"><span class="sr">${t("loading")}</span></div>`;
  }
  if (!visit) {
    if (away) return nothing;
    return html`<div class="name">${t("nobody_yet")}</div>
      <div class="quiet">${t("next")}</div>`;
  }
  // How sure the module is that it does not know somebody is no news.
  const score = visit.verdict === "unknown" ? null : percent(visit.score);
  // What the module says beside it is about whoever stands there, not about a picture.
  const facts = [score, relativeTime(hass, visit.last_seen), sourceOf(hass, t, visit)];
  const count = visit.times_seen ?? 0;
  if (count > 1) facts.push(t("times", { count }));
  // Read out when somebody comes, not each time some seconds have passed.
  return html`<div aria-live="polite">
      <div class="name" title=${nameOf(t, visit)}>${nameOf(t, visit)}</div>
      <div class="verdict">${mark(visit)}<span>${verdictOf(t, visit)}</span></div>
    </div>
    <div class="quiet">${facts.filter(Boolean).join(" · ")}</div>`;
}

/**
 * What the models conclude at this moment, as far as they do.
 * @param {Text} t
 * @param {(key: string) => string | undefined} state of an entity by its key, if known
 */
export function chips(t, state) {
  /** @type {[string, string][]} */
  const found = [];
  const spoof = state("spoof_suspected");
  if (spoof) found.push(spoof === "on" ? ["doubt", t("spoof")] : ["", t("live")]);
  const liveness = Number(state("nir_liveness_score") ?? state("rgb_liveness_score"));
  if (!spoof && liveness >= 0) {
    found.push(["", t("liveness", { score: percent(liveness) })]);
  }
  const mask = state("mask_worn");
  if (mask) found.push(["", t(`mask_${mask}`)]);
  const dms = state("dms_type");
  if (dms) found.push([dms === "normal" ? "" : "doubt", t(`dms_${dms}`)]);
  if (!found.length) return nothing;
  // Whoever was there last may be gone: it says nothing of them.
  return html`<div class="now">
    <span class="quiet" id="now">${t("what_it_sees")}</span>
    <ul class="chips" aria-labelledby="now">
      ${found.map(([kind, words]) => html`<li class=${kind}>${words}</li>`)}
    </ul>
  </div>`;
}

/**
 * The visits before the last one.
 * @param {Hass} hass
 * @param {Text} t
 * @param {Visit[]} visits
 * @param {boolean} loading
 * @param {string[]} broken
 * @param {Open} open
 * @param {(event: Event) => void} onError
 */
export function strip(hass, t, visits, loading, broken, open, onError) {
  if (!visits.length) {
    return html`<div class="strip">
      <span class="none quiet">${loading ? nothing : t("no_visits")}</span>
    </div>`;
  }
  const one = (/** @type {Visit} */ visit) => {
    const time = shortTime(hass, visit.time);
    const name = nameOf(t, visit);
    return html`<li>
      <button aria-haspopup="dialog" title=${name} @click=${() => open(visit)}>
        <span class="thumb">
          ${visit.image_url && !broken.includes(visit.image_url)
            ? html`<img
                src=${visit.image_url}
                alt=""
                loading="lazy"
                data-url=${visit.image_url}
                @error=${onError}
              />`
            : html`<span class="blank">${icon("person")}</span>`}
          ${mark(visit)}
        </span>
        <span class="who">${name}</span>
        <span class="sr">${verdictOf(t, visit)}</span>
        <span class="when quiet">${time}</span>
      </button>
    </li>`;
  };
  return html`<ul class="strip" aria-label=${t("visits")}>
    ${repeat(visits, (visit) => visit.visit_id, one)}
  </ul>`;
}

/**
 * Whether somebody may get the picture of a visit. A photo of somebody is no picture of them.
 * @param {Visit} visit
 */
const mayEnroll = ({ image_url, verdict, reason }) =>
  !!image_url && verdict !== "recognized" && reason !== "spoof";

/**
 * Everything about one visit, for the dialog.
 * @param {Hass} hass
 * @param {Text} t
 * @param {Visit} visit
 * @param {TemplateResult} picture
 * @param {{close: () => void, enroll: () => void, tell: () => void}} act
 * @param {string} [door] where it was, if that is not said already
 */
export function details(hass, t, visit, picture, { close, enroll, tell }, door) {
  const person = visit.person && hass.states[visit.person]?.attributes.friendly_name;
  const row = (/** @type {string} */ key, /** @type {number | null} */ score) =>
    /** @type {[string, string | null]} */ ([key, score === null ? null : percent(score)]);
  /** @type {[string, string | null | undefined][]} */
  const rows = [
    ["reason", visit.reason && t(`reason_${visit.reason}`)],
    ...SCORES.map((key) => row(key, visit[key])),
    ["door", door],
    ["source", sourceOf(hass, t, visit)],
    ["came", longTime(hass, visit.time)],
    ["last_seen", visit.last_seen === visit.time ? null : longTime(hass, visit.last_seen)],
    // Of a picture it is no clock of the module's.
    ["device_time", visit.source ? null : longTime(hass, visit.device_time)],
    [
      "times_seen",
      visit.times_seen && visit.first_seen
        ? t(visit.times_seen > 1 ? "times_since" : "first_time", {
            count: visit.times_seen,
            when: longTime(hass, visit.first_seen) ?? "",
          })
        : null,
    ],
    ["person", person || visit.person],
    ["user_id", visit.user_id],
  ];
  return html`<header>
      <h2 id="heading">${nameOf(t, visit)}</h2>
      <button aria-label=${t("close")} @click=${close}>${icon("close")}</button>
    </header>
    <div class="frame">${picture}</div>
    <div class="verdict">
      ${mark(visit)}<span>${visit.late ? t("late") : t(visit.verdict)}</span>
    </div>
    <dl>
      ${rows.map(([key, value]) =>
        value ? html`<dt>${t(key)}</dt><dd>${value}</dd>` : nothing,
      )}
    </dl>
    ${hass.user?.is_admin && mayEnroll(visit)
      ? html`<button @click=${enroll}>
          ${visit.user_id ? t("new_picture", { name: nameOf(t, visit) }) : t("this_is")}
        </button>`
      : nothing}
    ${hass.user?.is_admin && visit.verdict === "recognized"
      ? html`<button @click=${tell}>${t("tell", { name: nameOf(t, visit) })}</button>`
      : nothing}`;
}

/**
 * What stands in the way, under the picture, which makes room for it.
 * @param {Hass} hass
 * @param {Text} t
 * @param {import("./source.js").Source} source
 */
export function banner(hass, t, source) {
  const { state: connected, last_changed = "" } = source.state("connected") ?? {};
  const lines = [];
  if (source.error) lines.push(html`${t("failed", { error: source.error })}`);
  if (connected === "off") {
    lines.push(html`${t("offline", { when: relativeTime(hass, last_changed) })}`);
  } else if (source.away) {
    const link = html`<a href="/config/integrations/integration/face_module">${t("see_why")}</a>`;
    lines.push(html`${t("not_ready")} ${hass.user?.is_admin ? link : nothing}`);
  }
  const repairs = source.trouble
    ? html`<div>
        ${icon("alert")}<span>${t(source.trouble)}</span>
        <a href="/config/repairs">${t("repair")}</a>
      </div>`
    : nothing;
  return html`<div class="banner" role="status">
    ${lines.map((line) => html`<div>${icon("alert")}<span>${line}</span></div>`)} ${repairs}
  </div>`;
}

/**
 * A setting that is on or off.
 * @param {string} label
 * @param {any} name of its icon
 * @param {string | undefined} state
 * @param {boolean} busy
 * @param {() => void} switched
 */
export const toggle = (label, name, state, busy, switched) =>
  html`<button
    role="switch"
    aria-checked=${state === "on"}
    aria-busy=${busy}
    ?disabled=${state === "unavailable"}
    @click=${switched}
  >
    ${icon(name)}<span>${label}</span>
  </button>`;

/**
 * Instead of the card: there is no such module.
 * @param {Hass} hass
 * @param {Text} t
 * @param {import("./config.js").Config} config
 * @param {unknown[]} modules
 */
export function missing(hass, t, config, modules) {
  const add = "/config/integrations/dashboard/add?domain=face_module";
  const wrong = config.entity ? "wrong_entity" : "wrong_device";
  return html`<section class="card">
    ${modules.length
      ? html`<div class="note">${t(wrong, { entity: config.entity ?? "" })}</div>`
      : html`<div class="note">${t("no_module")}</div>
          ${hass.user?.is_admin
            ? html`<a class="button" href=${add}>${t("add_module")}</a>`
            : nothing}`}
  </section>`;
}
