import { expect, test } from "vitest";
import { EMPTY } from "./form";
import { Given } from "./given";
import { proposedTime } from "./proposedTime";

const NOW = new Date("2026-11-25T02:00:00Z"); // 10:00 in Shanghai

function proposed(schedule: unknown) {
  return proposedTime(new Given(schedule), NOW, "Asia/Shanghai");
}

test("what went out at once goes out at once again", () => {
  expect(proposed(undefined)).toEqual(EMPTY.time);
  expect(proposed({ send_at: "who knows", loop: { rhythm: "hourly" } })).toEqual(EMPTY.time);
});

test.each([
  ["2026-11-26T01:30:00+00:00", "2026-11-26 09:30:00"], // still to come: the same moment
  ["2026-11-01T01:30:00+00:00", "2026-11-26 09:30:00"], // today it has gone by
  ["2026-11-01T10:00:00+00:00", "2026-11-25 18:00:00"], // today it is still to come
])("a time in the past is taken on another day: %s", (send_at, at) => {
  expect(proposed({ send_at })).toEqual({ ...EMPTY.time, kind: "at", at });
});

const LOOP = { start_date: "2026-11-20", end_date: "2026-12-01", rhythm: "weekly", days: [1, 5], times: ["08:00:00"] };

test("a loop under way goes on to its end", () => {
  const time = proposed({ loop: LOOP });
  expect(time).toMatchObject({ kind: "loop", start: "2026-11-25", end: "2026-12-01", rhythm: "weekly" });
  expect([time.weekDays, time.monthDays, time.times]).toEqual([[1, 5], [], ["08:00:00"]]);
});

test("a loop that is over begins today, as long as it was", () => {
  const over = { ...LOOP, start_date: "2026-10-01", end_date: "2026-10-08", rhythm: "monthly", days: [31] };
  expect(proposed({ loop: over })).toMatchObject({ start: "2026-11-25", end: "2026-12-02", monthDays: [31] });
});

test("a loop that has not begun stays as it is", () => {
  const ahead = { ...LOOP, start_date: "2026-12-01", end_date: "2026-12-24" };
  expect(proposed({ loop: ahead })).toMatchObject({ start: "2026-12-01", end: "2026-12-24" });
});
