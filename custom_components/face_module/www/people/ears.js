/** What the people card hears: how far jobs are, and who is found while somebody types. */

import { Feed } from "../shared/visits.js";
import { searchPeople, wordsOf } from "./api.js";

/** @import { Hass } from "../shared/common.js" */
/** @import { Job } from "./api.js" */
/** @import { Module, Person } from "./logic.js" */

/** A finished job without a report is told so long; ms. */
const SHOWN = 15_000;

/** Hears of jobs between `start` and `stop`: those that run, and whose report is there. */
export class Jobs {
  /** @param {(jobs: Job[], finished: boolean) => void} told whether one has just finished */
  constructor(told) {
    this._told = told;
    /** @type {Map<string, Job>} */
    this._jobs = new Map();
    /** @type {Feed | null} */
    this._feed = null;
    /** @type {Hass["connection"] | null} */
    this._connection = null;
    this._hear = this._hear.bind(this);
    // What ran when Home Assistant went away runs no more, or is told of again.
    this._forget = () => {
      this._jobs.clear();
      this._tell();
    };
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
    // Nobody says how they go on: what there is then is told at the next start.
    this._forget();
  }

  /** @param {boolean} [finished] */
  _tell(finished = false) {
    this._told([...this._jobs.values()], finished);
  }

  /** @param {Job} job */
  _hear(job) {
    const { job_id, finished, report } = job;
    const before = this._jobs.get(job_id);
    if (finished && before?.report && !report) {
      this._jobs.delete(job_id);
    } else {
      this._jobs.set(job_id, job);
      if (finished && !report) setTimeout(() => this._end(job), SHOWN);
    }
    this._tell(finished && !before?.finished);
  }

  /** @param {Job} job */
  _end(job) {
    if (this._jobs.get(job.job_id) !== job) return;
    this._jobs.delete(job.job_id);
    this._tell();
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
