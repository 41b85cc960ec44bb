/** Where a picture may come from: a file, the device's camera, Home Assistant's cameras. */

import { LitElement, html, nothing } from "../shared/lit.js";
import { fire, shared } from "../shared/common.js";
import { text } from "../shared/texts.js";
import { forms, pictured } from "./style.js";

/** @import { Hass } from "../shared/common.js" */

const PHOTO_TYPE = "image/jpeg";

/** @typedef {{blob?: Blob, entityId?: string, file: string}} Source */

/** Fires `source-chosen` with a `Source`. */
export class PeopleSource extends LitElement {
  static properties = {
    hass: { attribute: false },
    _live: { state: true },
    _error: { state: true },
  };

  constructor() {
    super();
    /** @type {Hass | undefined} */
    this.hass = undefined;
    /** @type {MediaStream | null} */
    this._live = null;
    this._error = "";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._stop();
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector("input"))?.focus();
  }

  render() {
    return html`
      ${this._live ? this._viewfinder() : this._sources()}
      ${this._error ? html`<p class="note bad" role="alert">${this._error}</p>` : nothing}
    `;
  }

  _sources() {
    const t = text(this.hass, "people");
    const phone = matchMedia("(pointer: coarse)").matches;
    const live = !phone && !!navigator.mediaDevices?.getUserMedia;
    return html`
      <div
        class="drop"
        @dragover=${(/** @type {DragEvent} */ event) => event.preventDefault()}
        @drop=${this._dropped}
      >
        <label class="button primary file">
          ${t("choose_file")}
          <input class="sr" type="file" accept="image/*" @change=${this._picked} />
        </label>
        ${phone
          ? html`<label class="button file">
              ${t("take_photo")}
              <input
                class="sr" type="file" accept="image/*" capture="user" @change=${this._picked}
              />
            </label>`
          : nothing}
        ${live
          ? html`<button type="button" @click=${this._open}>${t("take_photo")}</button>`
          : nothing}
        ${phone ? nothing : html`<span class="quiet hint">${t("drop")}</span>`}
      </div>
      ${this._entities()}
    `;
  }

  _entities() {
    const t = text(this.hass, "people");
    const found = Object.entries(this.hass?.states ?? {}).filter(
      ([id, state]) => /^(camera|image)\./.test(id) && state?.state !== "unavailable",
    );
    if (!found.length) return nothing;
    return html`<label>
      <span>${t("from_entity")}</span>
      <select @change=${this._fromEntity}>
        <option value="">${t("choose_entity")}</option>
        ${found.map(
          ([id, state]) =>
            html`<option value=${id}>${state?.attributes.friendly_name ?? id}</option>`,
        )}
      </select>
    </label>`;
  }

  _viewfinder() {
    const t = text(this.hass, "people");
    return html`
      <video class="shown" autoplay playsinline muted .srcObject=${this._live}></video>
      <div class="buttons">
        <button type="button" @click=${this._stop}>${t("cancel")}</button>
        <button type="button" class="primary" @click=${this._shoot}>${t("shoot")}</button>
      </div>
    `;
  }

  /** @param {Event} event */
  _picked(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const blob = input.files?.[0];
    input.value = "";
    if (blob) this._choose({ blob, file: blob.name });
  }

  /** @param {DragEvent} event */
  _dropped(event) {
    event.preventDefault();
    const blob = event.dataTransfer?.files[0];
    if (blob) this._choose({ blob, file: blob.name });
  }

  /** @param {Event} event */
  _fromEntity(event) {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    const entityId = select.value;
    select.value = "";
    if (entityId) this._choose({ entityId, file: "" });
  }

  async _open() {
    this._error = "";
    try {
      const video = { facingMode: "user", width: { ideal: 1280 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video });
      if (this.isConnected) this._live = stream;
      else stream.getTracks().forEach((track) => track.stop());
    } catch (err) {
      const error = err instanceof Error ? err.message : String(err);
      this._error = text(this.hass, "people")("no_camera", { error });
    }
  }

  _stop() {
    this._live?.getTracks().forEach((track) => track.stop());
    this._live = null;
  }

  _shoot() {
    const video = /** @type {HTMLVideoElement} */ (this.renderRoot.querySelector("video"));
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    canvas.toBlob(
      (blob) => {
        this._stop();
        if (blob) this._choose({ blob, file: "" });
      },
      PHOTO_TYPE,
      0.92,
    );
  }

  /** @param {Source} source */
  _choose(source) {
    fire(this, "source-chosen", source);
  }

  static styles = [shared, forms, pictured];
}

customElements.get("face-module-people-source") ||
  customElements.define("face-module-people-source", PeopleSource);
