/** What the people card hears: how far jobs are, and who is found while somebody types. */

import { cancelJob, searchPeople, wordsOf } from "./people-api.js";
import { Feed } from "./visits.js";

/** @import { Hass } from "./common.js" */
/** @import { Job } from "./people-api.js" */
/** @import { Module, Person } from "./people-logic.js" */

/** A finished job is told so long; ms. */
const SHOWN = 15_000;

/** Hears of jobs between `start` and `stop`. */
export class Jobs {
  /** @param {(job: Job | null) => void} told */
  constructor(told) {
    this._told = told;
    /** @type {Job | null} */
    this._last = null;
    /** @type {Feed | null} */
    this._feed = null;
    /** @type {Hass["connection"] | null} */
    this._connection = null;
    this._hear = this._hear.bind(this);
    // What ran when Home Assistant went away runs no more, or is told of again.
    this._forget = () => this._end(this._last);
  }

  /** @param {Hass} hass */
  start({ connection }) {
    if (this._feed) return;
    const type = "face_module/jobs/subscribe";
    // Without it only the progress is missing.
    this._feed = new Feed(connection, { type }, this._hear, () => {});
    this._connection = connection;
    connection.addEventListener("ready", this._forget);
  }

  stop() {
    this._feed?.stop();
    this._connection?.removeEventListener("ready", this._forget);
    [this._feed, this._connection] = [null, null];
  }

  /** @param {Hass} hass */
  cancel(hass) {
    // A job that is over already is what was wanted.
    if (this._last) cancelJob(hass, this._last.job_id).catch(() => {});
  }

  /** @param {Job} job */
  _hear(job) {
    this._last = job;
    this._told(job);
    if (job.finished) setTimeout(() => this._end(job), SHOWN);
  }

  /** @param {Job | null} job */
  _end(job) {
    if (!job || this._last?.job_id !== job.job_id) return;
    this._last = null;
    this._told(null);
  }
}

/** Searched when nothing was typed for so long; ms. */
const TYPED = 250;

/** Tells who was found, null: nobody was looked for; or what went wrong. */
export class Search {
  /** @param {(found: Person[] | null | undefined, error: string) => void} told */
  constructor(told) {
    this._told = told;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    // What is found for an older word is not told.
    this._turn = 0;
  }

  stop() {
    clearTimeout(this._timer);
    this._turn += 1;
  }

  /**
   * @param {Hass | undefined} hass
   * @param {Module | undefined} module
   * @param {string} query
   */
  soon(hass, module, query) {
    this.stop();
    this._timer = setTimeout(() => this.now(hass, module, query), TYPED);
  }

  /**
   * @param {Hass | undefined} hass
   * @param {Module | undefined} module
   * @param {string} query
   */
  async now(hass, module, query) {
    this.stop();
    const turn = this._turn;
    if (!query.trim() || !hass || !module) {
      this._told(null, "");
      return;
    }
    try {
      const { people } = await searchPeople(hass, module.entryId, query.trim());
      if (turn === this._turn) this._told(people, "");
    } catch (err) {
      const words = await wordsOf(hass, err);
      if (turn === this._turn) this._told(undefined, words);
    }
  }
}
