import { expect, test } from "vitest";
import { ALL, csvOf, isEmpty } from "./figures";
import type { Day } from "./queries";

const NOTHING = { planned: 0, sent: 0, arrived: 0, shown: 0, clicked: 0, cleared: 0, retried: 0 };

function day(date: string, more: Partial<Day> = {}): Day {
  return { day: date, pushes: 0, total: NOTHING, channels: {}, registered: 0, active: 0, accumulated: 0, ...more };
}

test("a line a day, every figure, with the names that show", () => {
  const names = Object.fromEntries([["day", "Day, local"], ...ALL.map((figure) => [figure, figure])]);
  const total = { ...NOTHING, planned: 9, sent: 8, arrived: 7, clicked: 2 };
  const days = [day("2026-11-24"), day("2026-11-25", { pushes: 1, total, registered: 3, active: 4, accumulated: 5 })];
  expect(csvOf(days, names as Parameters<typeof csvOf>[1])).toBe(
    '\uFEFF"Day, local",pushes,planned,sent,reached,clicked,registered,active,accumulated\r\n' +
      "2026-11-24,0,0,0,0,0,0,0,0\r\n2026-11-25,1,9,8,7,2,3,4,5\r\n",
  );
});

test("empty is what has neither devices nor a figure", () => {
  expect(isEmpty([day("2026-11-25")], 0)).toBe(true);
  expect(isEmpty([day("2026-11-25")], 1)).toBe(false);
  expect(isEmpty([day("2026-11-25", { pushes: 1 })], 0)).toBe(false);
});
