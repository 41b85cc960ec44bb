/** What the browser sends for an import, and what it makes of refusals. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { upload } from "../../../custom_components/face_module/www/people/api.js";
import {
  chosen,
  dropped,
  hand,
} from "../../../custom_components/face_module/www/people/sending.js";
import { fitted, shrunk } from "../../../custom_components/face_module/www/people/shrink.js";

/** A Home Assistant that answers uploads as it is told, and notes what it is handed. */
class Server {
  /** @param {(() => Response)[]} answers the last one again and again */
  constructor(...answers) {
    this.answers = answers;
    this.uploads = 0;
    this.handed = [];
    this.refuse = null;
    this.fetchWithAuth = async () => {
      this.uploads += 1;
      return (this.answers.length > 1 ? this.answers.shift() : this.answers[0])();
    };
    this.callWS = async (message) => {
      if (this.refuse) throw this.refuse;
      this.handed.push(message);
      return {};
    };
  }
}

const good = () => Response.json({ file_id: "f1" });
const nginx = () => new Response("<html>413</html>", { status: 413 });
const blob = new Blob(["x"], { type: "image/jpeg" });

test("a file is sent, then handed to the job under its name", async () => {
  const server = new Server(good);
  assert.equal(await hand(server, "j", "People/Anna.jpg", blob), true);
  assert.deepEqual(server.handed, [
    { type: "face_module/import/file", job_id: "j", path: "People/Anna.jpg", file_id: "f1" },
  ]);
});

test("what a proxy refuses is told as that, and not tried again", async () => {
  const server = new Server(nginx);
  assert.equal(await hand(server, "j", "all.zip", blob), true);
  assert.equal(server.uploads, 1);
  assert.equal(server.handed[0].problem, "proxy_too_large");
});

test("a lost connection is waited for", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const lost = () => {
    throw new TypeError("Failed to fetch");
  };
  const server = new Server(lost, lost, good);
  const sent = hand(server, "j", "Anna.jpg", blob);
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise(setImmediate);
    t.mock.timers.tick(3_000);
  }
  assert.equal(await sent, true);
  assert.deepEqual([server.uploads, server.handed[0].file_id], [3, "f1"]);
});

test("a job that takes no more files ends the sending", async () => {
  const server = new Server(good);
  server.refuse = { translation_key: "job_not_receiving" };
  assert.equal(await hand(server, "j", "Anna.jpg", blob), false);
});

test("what is no picture, and what is too large, is told and not sent", async () => {
  const server = new Server(good);
  await hand(server, "j", "film.mp4", new Blob(["x"], { type: "video/mp4" }));
  await hand(server, "j", "all.zip", { size: 200 * 1024 * 1024, type: "application/zip" });
  assert.equal(server.uploads, 0);
  const problems = server.handed.map(({ problem }) => problem);
  assert.deepEqual(problems, ["picture_unknown", "file_too_large"]);
});

test("one picture that a proxy refuses says so in words", async () => {
  const problem = await upload(new Server(nginx), blob).catch((err) => err);
  assert.equal(problem.translation_key, "proxy_too_large");
  const ours = () => Response.json({ error: "Too large", key: "picture_too_large" }, { status: 413 });
  const told = await upload(new Server(ours), blob).catch((err) => err);
  assert.equal(told.translation_key, "picture_too_large");
  const other = () => new Response("", { status: 502 });
  assert.equal((await upload(new Server(other), blob).catch((err) => err)).message, "HTTP 502");
});

test("a picture becomes as large as modules take it, and never larger", () => {
  assert.deepEqual(fitted(4_000, 3_000), [1_080, 810]);
  assert.deepEqual(fitted(3_000, 12_000), [270, 1_080]);
  assert.deepEqual(fitted(1_080, 1_080), [1_080, 1_080]);
  assert.deepEqual(fitted(200, 100), [200, 100]);
  assert.deepEqual(fitted(100_000, 1), [1_080, 1]);
});

test("what this browser cannot read is sent as it is", async () => {
  for (const type of ["image/heic", "application/zip"]) {
    const file = new Blob(["x"], { type });
    assert.equal(await shrunk(file), file);
  }
});

test("files keep their folders, and hidden ones stay", async () => {
  const file = (name, webkitRelativePath = "") => ({ name, webkitRelativePath });
  const files = [file("Anna.jpg"), file("1.jpg", "People/Ben/1.jpg"), file(".DS_Store")];
  assert.deepEqual(
    chosen(files).map(({ path }) => path),
    ["Anna.jpg", "People/Ben/1.jpg"],
  );
  const leaf = (fullPath) => ({
    ...{ fullPath, isFile: true, isDirectory: false },
    file: (done) => done(file(fullPath)),
  });
  const folder = (fullPath, ...batches) => ({
    ...{ fullPath, isFile: false, isDirectory: true },
    createReader: () => ({ readEntries: (done) => done(batches.shift() ?? []) }),
  });
  const ben = folder("/People/Ben", [leaf("/People/Ben/1.jpg")], [leaf("/People/Ben/2.jpg")]);
  const people = folder("/People", [leaf("/People/Anna.jpg"), ben, leaf("/People/.x")]);
  const items = [people, leaf("/Eva.jpg")].map((entry) => ({ webkitGetAsEntry: () => entry }));
  const found = await dropped({ items, files: [] });
  assert.deepEqual(
    found.map(({ path }) => path),
    ["People/Anna.jpg", "People/Ben/1.jpg", "People/Ben/2.jpg", "Eva.jpg"],
  );
});
