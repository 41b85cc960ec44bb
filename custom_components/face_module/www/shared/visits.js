/** The visits as the websocket tells them. */

/**
 * @typedef {{
 *   visit_id: string, entry_id: string, verdict: "recognized" | "rejected" | "unknown",
 *   reason: string | null, user_id: string, name: string, person: string | null,
 *   score: number, rgb_liveness_score: number | null, nir_liveness_score: number | null,
 *   mask_score: number | null, time: string, last_seen: string, device_time: string,
 *   age: number, late: boolean, wrong: string | null, wrong_name: string | null, source: string | null,
 *   stranger_id?: string | null, times_seen?: number | null, first_seen?: string | null,
 *   image_url: string | null
 * }} Visit
 * @typedef {{type: "visits", visits: Visit[]} | {type: "visit", visit: Visit}
 *   | {type: "deleted", visit_ids: string[]}} VisitEvent
 * @typedef {import("./common.js").Hass["connection"]} Connection
 */

const RETRY_FIRST = 1_000;
const RETRY_LAST = 30_000;

/**
 * The visits after an event, the latest first.
 * @param {Visit[]} visits
 * @param {VisitEvent} event
 * @param {number} limit
 * @returns {Visit[]}
 */
export function applied(visits, event, limit) {
  switch (event.type) {
    case "visits":
      return event.visits.slice(0, limit);
    case "deleted":
      return visits.filter((visit) => !event.visit_ids.includes(visit.visit_id));
    case "visit": {
      // An upgraded visit replaces itself.
      const others = visits.filter((visit) => visit.visit_id !== event.visit.visit_id);
      return [event.visit, ...others]
        .sort((one, other) => Date.parse(other.time) - Date.parse(one.time))
        .slice(0, limit);
    }
    default:
      // A later release may tell more.
      return visits;
  }
}

/**
 * A subscription that comes back: the connection's own does not when Home Assistant has
 * restarted but not loaded the integration yet.
 */
export class Feed {
  /**
   * @param {Connection} connection
   * @param {object} message
   * @param {(event: any) => void} told
   * @param {(error: unknown) => void} failed
   */
  constructor(connection, message, told, failed) {
    this._connection = connection;
    this._message = message;
    this._told = told;
    this._failed = failed;
    this._wait = RETRY_FIRST;
    // Which subscription counts: answers to earlier ones are ignored.
    this._turn = 0;
    this._undo = /** @type {(() => Promise<void>) | undefined} */ (undefined);
    this._timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    this._ready = () => {
      // Never undone: the new connection counts its subscriptions from 1 again.
      this._undo = undefined;
      this._subscribe();
    };
    connection.addEventListener("ready", this._ready);
    this._subscribe();
  }

  stop() {
    this._connection.removeEventListener("ready", this._ready);
    clearTimeout(this._timer);
    this._turn += 1;
    this._undo?.().catch(() => undefined);
    this._undo = undefined;
  }

  async _subscribe() {
    clearTimeout(this._timer);
    const turn = ++this._turn;
    try {
      const undo = await this._connection.subscribeMessage(
        (event) => turn === this._turn && this._told(event),
        this._message,
        { resubscribe: false },
      );
      if (turn === this._turn) {
        this._undo = undo;
        this._wait = RETRY_FIRST;
      } else {
        undo().catch(() => undefined);
      }
    } catch (error) {
      if (turn !== this._turn) return;
      this._failed(error);
      this._timer = setTimeout(() => this._subscribe(), this._wait);
      this._wait = Math.min(this._wait * 2, RETRY_LAST);
    }
  }
}
