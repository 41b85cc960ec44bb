/** What a subscription makes of a connection, and of the visits that are told. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Feed, applied } from "../../../custom_components/face_module/www/shared/visits.js";
import { Connection, settled } from "../connection.js";

const visit = (visit_id, time, more = {}) => ({
  visit_id,
  time: `2026-11-25T10:00:0${time}+00:00`,
  ...more,
});
const ids = (visits) => visits.map((one) => one.visit_id).join("");

test("a visit is put on top, an upgraded one replaces itself", () => {
  let visits = applied([], { type: "visits", visits: [visit("b", 2), visit("a", 1)] }, 3);
  visits = applied(visits, { type: "visit", visit: visit("c", 3) }, 3);
  assert.equal(ids(visits), "cba");
  visits = applied(visits, { type: "visit", visit: visit("b", 2, { name: "Ben" }) }, 3);
  assert.equal(ids(visits), "cba");
  assert.equal(visits[1].name, "Ben");
  visits = applied(visits, { type: "visit", visit: visit("d", 4) }, 3);
  assert.equal(ids(visits), "dcb");
  visits = applied(visits, { type: "deleted", visit_ids: ["c", "x"] }, 3);
  assert.equal(ids(visits), "db");
  assert.equal(ids(applied(visits, { type: "of a later release" }, 3)), "db");
});

test("a feed comes back with the connection, also when it was refused first", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const connection = new Connection();
  const told = [];
  const errors = [];
  const feed = new Feed(
    connection,
    { type: "x" },
    (event) => told.push(event),
    (error) => errors.push(error.message),
  );
  await settled();
  connection.tell(1);
  const earlier = connection.tell;

  // Home Assistant restarts: it is there before the integration is.
  connection.refuse = true;
  connection.dispatchEvent(new Event("ready"));
  await settled();
  assert.deepEqual(errors, ["unknown command"]);
  t.mock.timers.tick(1_000);
  await settled();
  assert.equal(connection.tries, 3);
  connection.refuse = false;
  t.mock.timers.tick(2_000);
  await settled();
  connection.tell(2);
  earlier(3);
  assert.deepEqual(told, [1, 2], "what an earlier subscription says is ignored");
  assert.equal(connection.undone, 0, "ids of an earlier connection mean something else now");

  feed.stop();
  connection.tell(4);
  connection.dispatchEvent(new Event("ready"));
  await settled();
  assert.deepEqual([told, connection.undone, connection.tries], [[1, 2], 1, 4]);
});

test("a feed that is stopped before it began is undone", async () => {
  const connection = new Connection();
  new Feed(connection, {}, assert.fail, assert.fail).stop();
  await settled();
  assert.equal(connection.undone, 1);
});
