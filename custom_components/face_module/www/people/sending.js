/** Sends the files of an import. It goes on when dialog and card go away. */

import { ask, refusal } from "./api.js";
import { shrunk } from "./shrink.js";

/** @import { Hass } from "../shared/common.js" */

/** @typedef {{file: File, path: string}} Item */

/** As much as Home Assistant takes; bytes. */
const MAX_BYTES = 100 * 1024 * 1024;
/** Waits after a lost connection; ms. The server waits two minutes for the next file. */
const WAITS = [1_000, 3_000, 10_000, 30_000];
const USEFUL = /^(image\/|text\/|$)|octet-stream|spreadsheet|zip|json|excel|csv/i;
const HIDDEN = /(^|\/)\./;

/** What was sent last, so that it can be tried again. */
let last = { jobId: "", items: /** @type {Item[]} */ ([]) };

/** The files of a job, if this page sent them. @param {string} jobId */
export const itemsOf = (jobId) => (jobId && last.jobId === jobId ? last.items : []);

/** Jobs whose files are not taken at the moment, and who wants to know. */
export const stuck = /** @type {Set<string>} */ (new Set());
export const hears = /** @type {Set<() => void>} */ (new Set());

/** @param {string} jobId @param {boolean} is */
function mark(jobId, is) {
  if (stuck.has(jobId) === is) return;
  if (is) stuck.add(jobId);
  else stuck.delete(jobId);
  for (const hear of hears) hear();
}

/** Files that were chosen, those in folders with their way. @param {Iterable<File>} files */
export const chosen = (files) =>
  [...files]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .filter(({ path }) => !HIDDEN.test(path));

/**
 * Files that were dropped, those of folders too.
 * @param {DataTransfer} transfer
 * @returns {Promise<Item[]>}
 */
export async function dropped(transfer) {
  // Asked for at once: after an await there is nothing left.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.());
  const files = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return chosen(files);
  const found = await Promise.all(entries.map((entry) => (entry ? within(entry) : [])));
  return found.flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<Item[]>} */
async function within(entry) {
  if (HIDDEN.test(entry.fullPath)) return [];
  if (entry.isFile) {
    const { file: get } = /** @type {FileSystemFileEntry} */ (entry);
    const file = await new Promise((done, fail) => get.call(entry, done, fail));
    return [{ file, path: entry.fullPath.slice(1) }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {Item[]} */
  const found = [];
  for (;;) {
    // At most a hundred at once.
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return found;
    for (const one of some) found.push(...(await within(one)));
  }
}

/**
 * Begin an import; the files follow by themselves. Rejects when it cannot begin.
 * @param {Hass} hass
 * @param {Item[]} items
 * @param {{entry_ids: string[], if_exists: string, allow_duplicate_face: boolean}} fields
 * @returns {Promise<string>} the job's id
 */
export async function begin(hass, items, fields) {
  const { job_id } = await ask(hass, "import/start", { ...fields, files: items.length });
  last = { jobId: job_id, items };
  void send(hass, job_id, items);
  return job_id;
}

/** @param {Hass} hass @param {string} jobId @param {Item[]} items */
async function send(hass, jobId, items) {
  // Of an export, every byte counts.
  const exact = items.some(({ path }) => /^([^/]+\/)?manifest\.json$/.test(path));
  const ready = (/** @type {Item | undefined} */ item) =>
    item && (exact ? item.file : shrunk(item.file));
  const warn = (/** @type {Event} */ event) => event.preventDefault();
  addEventListener("beforeunload", warn);
  // A phone that sleeps sends nothing.
  const awake = await navigator.wakeLock?.request("screen").catch(() => null);
  try {
    let next = ready(items[0]);
    for (const [index, { file, path }] of items.entries()) {
      const blob = (await next) ?? file;
      // Made smaller while this one is on its way.
      next = ready(items[index + 1]);
      if (!(await hand(hass, jobId, path, blob))) return;
    }
  } finally {
    removeEventListener("beforeunload", warn);
    void awake?.release();
  }
}

/**
 * Send a file and tell the job; false when the job takes no more.
 * @param {Hass} hass
 * @param {string} jobId
 * @param {string} path
 * @param {Blob} blob
 */
export async function hand(hass, jobId, path, blob) {
  let problem = "";
  if (!USEFUL.test(blob.type)) problem = "picture_unknown";
  if (blob.size > MAX_BYTES) problem = "file_too_large";
  let fileId = "";
  for (const wait of [...WAITS, 0]) {
    try {
      if (!problem) fileId ||= await post(hass, blob);
      const what = problem ? { problem } : { file_id: fileId };
      await ask(hass, "import/file", { job_id: jobId, path, ...what });
      mark(jobId, false);
      return true;
    } catch (err) {
      const { translation_key: key, status } = /** @type {any} */ (err ?? {});
      if (key === "job_not_receiving" || key === "unauthorized") return false;
      if (key === "proxy_too_large") problem = key;
      // What it refuses once it refuses again.
      else if (key || (status && status < 500)) problem = "file_not_sent";
      else if (wait) {
        mark(jobId, true);
        await new Promise((done) => setTimeout(done, wait));
      }
      else problem = "file_not_sent";
    }
  }
  mark(jobId, false);
  const fields = { job_id: jobId, path, problem: problem || "file_not_sent" };
  return ask(hass, "import/file", fields).then(
    () => true,
    () => false,
  );
}

/** @param {Hass} hass @param {Blob} blob @returns {Promise<string>} */
async function post(hass, blob) {
  const body = new FormData();
  body.append("file", blob, "file");
  const answer = await hass.fetchWithAuth("/api/file_upload", { method: "POST", body });
  if (!answer.ok) throw await refusal(answer);
  return (await answer.json()).file_id;
}
