/** The tiles of people, of whom only those in view are in memory. */

import { fire, shared } from "../shared/common.js";
import { Paged } from "../shared/paged.js";
import { listPeople } from "./api.js";
import { ROW, ROWS, columnsIn, momentOf } from "./logic.js";
import { forms, grid } from "./style.js";
import { tile } from "./tile.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Module, Person } from "./logic.js" */

/**
 * Fires `person-chosen` with a `Person`, `stale` when who may enter has to be read anew, and
 * what `Paged` does.
 * @extends {Paged<Person>}
 */
export class PeopleGrid extends Paged {
  static properties = {
    ...Paged.properties,
    module: { attribute: false },
    found: { attribute: false },
    expected: { attribute: false },
  };

  constructor() {
    super(ROW, ROWS);
    /** @type {Module | undefined} */
    this.module = undefined;
    /** Who was found; null: everybody. @type {Person[] | null} */
    this.found = null;
    /** How many there may be, until that is known. @type {number | null} */
    this.expected = null;
    this._columns = 3;
    /** @type {string | undefined} */
    this._moment = undefined;
  }

  /** @param {number} width px */
  columnsIn(width) {
    return columnsIn(width);
  }

  get held() {
    return this.found ? this.found.length : super.held;
  }

  get guessed() {
    return this.expected ?? 0;
  }

  get total() {
    return this.found ? this.found.length : super.total;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const before = /** @type {Module | undefined} */ (changed.get("module"));
    if (changed.has("module") && before?.entryId !== this.module?.entryId) this.restart();
    else if (changed.has("found")) this.home();
    if (changed.has("found")) this._moment = undefined;
  }

  /** @param {number} offset @param {number} limit */
  page(offset, limit) {
    const { hass, module } = this;
    if (!hass || !module || this.found) return null;
    return listPeople(hass, module.entryId, offset, limit);
  }

  /** @param {import("../shared/paged.js").PageWindow<Person>} target */
  _show(target) {
    this._moment = undefined;
    super._show(target);
  }

  /**
   * Whether something is different: a time has come, or what a rule asks for is on or off.
   * @param {Hass} hass
   */
  look(hass) {
    const shown = this.found ?? [...this._window.pages.values()].flat();
    const moment = momentOf(hass, shown.map(({ access }) => access));
    const stale = this._moment !== undefined && this._moment !== moment;
    this._moment = moment;
    if (stale) fire(this, "stale");
    // Minutes pass.
    else this.requestUpdate();
  }

  /** @param {number} index */
  cell(index) {
    return tile({
      person: this.found ? this.found[index] : this.at(index),
      index,
      total: this.total,
      reached: index === this.tabStop,
      hass: this.hass,
      choose: (person) => fire(this, "person-chosen", person),
    });
  }

  static styles = [shared, forms, grid];
}

customElements.get("face-module-people-grid") ||
  customElements.define("face-module-people-grid", PeopleGrid);
