/** Strangers as a card, and as a dialog of the people card; the list is in strangers-list.js. */

import { LitElement, html } from "../shared/lit.js";
import { shared } from "../shared/common.js";
import { load, ready, text } from "../shared/texts.js";
import { PeopleDialog } from "./dialog.js";
import "./strangers-list.js";

/** @import { Hass } from "../shared/common.js" */

/** The list as a dialog of the people card. */
class StrangersDialog extends PeopleDialog {
  render() {
    return this.frame(
      this.t("strangers"),
      html`<div class="body">
        <face-module-strangers-list .hass=${this.hass}></face-module-strangers-list>
        <div class="buttons">
          <button class="primary" @click=${this.close}>${this.t("close")}</button>
        </div>
      </div>`,
    );
  }
}

/** The list as a card; for administrators. */
class StrangersCard extends LitElement {
  static properties = { hass: { attribute: false } };

  constructor() {
    super();
    void load("people");
    /** @type {Hass | undefined} */
    this.hass = undefined;
  }

  setConfig() {}

  shouldUpdate() {
    return !!this.hass && ready(this.hass, "people", () => this.requestUpdate());
  }

  render() {
    const t = text(this.hass, "people");
    return html`<section class="card" aria-labelledby="heading">
      <h2 id="heading">${t("strangers")}</h2>
      ${this.hass?.user?.is_admin
        ? html`<face-module-strangers-list .hass=${this.hass}></face-module-strangers-list>`
        : html`<p class="quiet">${t("admins_only")}</p>`}
    </section>`;
  }

  static styles = [shared];
}

export { StrangersCard as Card };

/** @type {[string, CustomElementConstructor][]} */
const ELEMENTS = [
  ["face-module-strangers-dialog", StrangersDialog],
  ["face-module-strangers", StrangersCard],
];
for (const [tag, made] of ELEMENTS) customElements.get(tag) || customElements.define(tag, made);
