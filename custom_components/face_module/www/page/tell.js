/** The dialog that makes the automation "tell me when somebody comes", and tries it out. */

import { html, nothing } from "../shared/lit.js";
import { ready, text } from "../shared/texts.js";
import { listPeople, modulesOf } from "../people/api.js";
import { PeopleDialog } from "../people/dialog.js";

/** @import { Person } from "../people/logic.js" */

const OFFERED = 50;
const HERE = "persistent_notification.create";

class FaceModuleTell extends PeopleDialog {
  static properties = {
    ...PeopleDialog.properties,
    entity: { attribute: false },
    person: { attribute: false },
    _people: { state: true },
    _phone: { state: true },
    _said: { state: true },
    _made: { state: true },
  };

  constructor() {
    super();
    /** The recognition event of the door; undefined: all doors. @type {string | undefined} */
    this.entity = undefined;
    /** Who it is about. @type {{user_id: string, name: string} | undefined} */
    this.person = undefined;
    /** @type {Person[]} */
    this._people = [];
    /** The one that was chosen, if it was not the first. */
    this._phone = "";
    this._said = "";
    /** The id of the automation. */
    this._made = "";
  }

  get t() {
    return text(this.hass, "page");
  }

  shouldUpdate() {
    return ready(this.hass, "page", () => this.requestUpdate());
  }

  firstUpdated() {
    super.firstUpdated();
    if (this.person) return;
    const hass = /** @type {any} */ (this.hass);
    const device = hass.entities[this.entity ?? ""]?.device_id;
    const module = modulesOf(hass).find((one) => !device || one.deviceId === device);
    void this.run(async () => {
      if (module) {
        this._people = (await listPeople(hass, module.entryId, 0, OFFERED)).items;
      }
    });
  }

  render() {
    const t = this.t;
    const title = this.person ? t("tell_one", { name: this.person.name }) : t("tell");
    const phones = [...this._phones(), [HERE, t("here")]];
    const chosen = this._phone || phones[0][0];
    return this.frame(
      title,
      html`<form novalidate @submit=${this._create}>
        ${this.person
          ? nothing
          : html`<label>
              <span>${t("whom")}</span>
              <select name="who">
                <option value="">${t("everybody")}</option>
                ${this._people.map(
                  ({ user_id, name }) => html`<option value=${user_id}>${name}</option>`,
                )}
              </select>
            </label>`}
        <label>
          <span>${t("phone")}</span>
          <select
            name="phone"
            @change=${(/** @type {Event} */ event) => {
              this._phone = /** @type {HTMLSelectElement} */ (event.target).value;
            }}
          >
            ${phones.map(
              ([action, name]) =>
                html`<option value=${action} .selected=${action === chosen}>${name}</option>`,
            )}
          </select>
          ${phones.length > 1 ? nothing : html`<span>${t("no_phone")}</span>`}
        </label>
        <label><span>${t("from")}</span><input type="time" name="after" /></label>
        <label>
          <span>${t("to")}</span><input type="time" name="before" aria-describedby="always" />
          <span id="always">${t("always")}</span>
        </label>
        ${this.problem()}
        <div role="status">
          ${this._said ? html`<p class="good">${this._said}</p>` : nothing}
          ${this._made
            ? html`<a href="/config/automation/edit/${this._made}">${t("edit")}</a>`
            : nothing}
        </div>
        <div class="buttons">
          <button type="button" ?disabled=${this._busy} @click=${this._test}>${t("test")}</button>
          <span class="space"></span>
          <button type="button" @click=${this.close}>${t("close")}</button>
          ${this._made
            ? nothing
            : html`<button class="primary" ?disabled=${this._busy}>
                ${t(this._busy ? "busy" : "create")}
              </button>`}
        </div>
      </form>`,
    );
  }

  /** The actions that notify phones, and what the phones are called. */
  _phones() {
    /** @type {any} */
    const { services, devices } = this.hass;
    const slug = (/** @type {string} */ name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
    return Object.keys(services?.notify ?? {})
      .filter((name) => name.startsWith("mobile_app_"))
      .map((name) => {
        const device = /** @type {any} */ (Object.values(devices)).find(
          (/** @type {any} */ one) => `mobile_app_${slug(one.name ?? "")}` === name,
        );
        const plain = name.replace("mobile_app_", "").replaceAll("_", " ");
        return [`notify.${name}`, device?.name_by_user || device?.name || plain];
      });
  }

  /** @param {string} name of a field */
  _value(name) {
    const form = /** @type {HTMLFormElement} */ (this.renderRoot.querySelector("form"));
    return String(new FormData(form).get(name) ?? "");
  }

  /** The recognition events that are listened to. */
  _events() {
    if (this.entity) return [this.entity];
    return Object.values(this.hass?.entities ?? {}).flatMap((one) =>
      one?.platform === "face_module" && one.translation_key === "recognition"
        ? [one.entity_id]
        : [],
    );
  }

  /**
   * What is told, by phone or here.
   * @param {string} action
   * @param {string} message
   * @param {string} image
   * @param {string} tag
   */
  _words(action, message, image, tag) {
    const title = this.t("strategy");
    if (action === HERE) {
      return { title, message: image ? `${message}\n\n![](${image})` : message };
    }
    return { title, message, data: { tag, image, url: "/face_module", clickAction: "/face_module" } };
  }

  _test() {
    this._said = "";
    return this.run(async () => {
      /** @type {any} */
      const hass = this.hass;
      const [domain, service] = this._value("phone").split(".");
      const states = this._events().map((id) => hass.states[id]?.attributes.image_url);
      const image = states.find(Boolean) ?? "/api/brands/integration/face_module/icon.png";
      const words = this._words(
        `${domain}.${service}`, this.t("test_message"), image, "face_module_test",
      );
      await hass.callService(domain, service, words, undefined, false);
      this._said = this.t("sent");
    });
  }

  /** @param {Event} event */
  _create(event) {
    event.preventDefault();
    const who = this.person?.user_id ?? this._value("who");
    const name = this.person?.name ?? this._people.find((one) => one.user_id === who)?.name;
    const [action, after, before] = ["phone", "after", "before"].map((key) => this._value(key));
    const seen = "trigger.to_state.attributes";
    const message = this.t("message", { name: `{{ ${seen}.name or ${seen}.user_id }}` });
    const time = { ...(after && { after }), ...(before && { before }) };
    const config = {
      alias: name ? this.t("tell_one", { name }) : this.t("tell"),
      triggers: [
        {
          trigger: "face_module.person_recognized",
          target: { entity_id: this._events() },
          options: { result: ["recognized"], ...(who && { user_id: [who] }) },
        },
      ],
      conditions: after || before ? [{ condition: "time", ...time }] : [],
      actions: [
        {
          action,
          data: this._words(
            action, message, `{{ ${seen}.image_url or '' }}`, `{{ ${seen}.visit_id }}`,
          ),
        },
      ],
      mode: "queued",
    };
    return this.run(async () => {
      const id = String(Date.now());
      await /** @type {any} */ (this.hass).callApi(
        "POST", `config/automation/config/${id}`, config,
      );
      this._made = id;
      this._said = this.t("created");
    });
  }
}

customElements.get("face-module-tell") ||
  customElements.define("face-module-tell", FaceModuleTell);
