// The protocol without a network: the conformance every client of ours passes, and the bounds of what is kept.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Session, State } from "../dist/index.js";

const file = new URL("../../conformance.json", import.meta.url);
const conformance = JSON.parse(await readFile(file, "utf8"));
const camelCase = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

function registered(clock) {
  const session = new Session(conformance.application, new State(), clock ?? (() => 1000));
  session.registered(conformance.registered);
  return session;
}

for (const { name, state, steps, ends } of conformance.cases) {
  test(name, () => {
    let now = 1000;
    const clock = () => now;
    const session = state
      ? new Session(conformance.application, State.fromJson(JSON.stringify(state)), clock)
      : registered(clock);
    for (const step of steps) {
      now = step.now ?? now;
      const result = session[camelCase(step.call)](...(step.with ?? []));
      assert.deepEqual(result, step.gives, JSON.stringify(step));
    }
    if (ends) assert.deepEqual(JSON.parse(session.state.toJson()), ends);
  });
}

test("pauses double to a minute and begin again once synced", (t) => {
  t.mock.method(Math, "random", () => 0.5);
  const session = registered();
  assert.deepEqual(Array.from({ length: 8 }, () => session.pause()), [1, 2, 4, 8, 16, 32, 60, 60]);
  session.lost();
  assert.equal(session.pause(), 60);
  session.received({ type: "synced" });
  session.lost();
  assert.equal(session.pause(), 1);
});

test("no two devices pause alike", () => {
  const pauses = Array.from({ length: 100 }, () => registered().pause());
  assert.ok(new Set(pauses).size > 90);
  assert.ok(Math.min(...pauses) >= 0.5 && Math.max(...pauses) <= 1.5);
  assert.ok(Math.min(...pauses) < 0.8 && Math.max(...pauses) > 1.2);
});

test("memory is bounded, the newest stay, and kept events fit into what the server takes", () => {
  const session = registered();
  for (let number = 0; number < 1005; number++) {
    session.received({ type: "notify", push_id: `${number}`, seq: number });
    session.report(`1000000000000${10000 + number}`, "clicked");
  }
  assert.equal(session.state.seen.size, 1000);
  assert.equal(session.received({ type: "notify", push_id: "5", seq: 5 }).kind, "repeated");
  assert.equal(session.received({ type: "notify", push_id: "4", seq: 4 }).kind, "new");
  const reports = session.connected().slice(1);
  assert.equal(reports.flatMap(({ body }) => body).length, 1000);
  for (const { body } of reports) assert.ok(JSON.stringify(body).length <= 64 * 1024);
});

test("a state that is none is refused", () => {
  for (const text of ["", "[]", "{}", '{"token": 1}']) assert.throws(() => State.fromJson(text));
});
