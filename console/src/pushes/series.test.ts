import { expect, test } from "vitest";
import { hasHours, seriesOf, sums, type TimePoint } from "./series";

const STARTED = "2026-11-25T10:07:42.5+00:00";

function point(at: string, seconds: number, arrived: number, clicked = 0): TimePoint {
  return { at: `2026-11-25T${at}:00Z`, seconds, sent: arrived + 1, arrived, shown: 0, clicked, cleared: 0 };
}

const POINTS = [point("10:07", 60, 5), point("10:10", 60, 2, 1), point("11:07", 3600, 4), point("13:07", 3600, 1, 3)];

test("by the minute: silence is zero, later hours are not there", () => {
  const series = seriesOf(POINTS, STARTED, "minutes");
  expect(series.values.arrived).toEqual([5, 0, 0, 2]);
  expect(new Date(series.at[0] ?? 0).toISOString()).toBe("2026-11-25T10:07:00.000Z");
  expect(series.at).toHaveLength(4);
});

test("by the hour: the first hour is one span, and nothing is lost", () => {
  const series = seriesOf(POINTS, STARTED, "hours");
  expect(series.values.arrived).toEqual([7, 4, 0, 1]);
  expect(series.values.clicked).toEqual([1, 0, 0, 3]);
  expect(sums(POINTS)).toEqual({ sent: 16, arrived: 12, shown: 0, clicked: 4, cleared: 0 });
});

test("what came within one minute is one span", () => {
  const series = seriesOf(POINTS.slice(0, 1), STARTED, "minutes");
  expect(series.values.arrived).toEqual([5]);
  expect(new Date(series.at[0] ?? 0).toISOString()).toBe("2026-11-25T10:07:00.000Z");
});

test("a push within its first hour has no hours yet", () => {
  expect(hasHours(POINTS.slice(0, 2))).toBe(false);
  expect(hasHours(POINTS)).toBe(true);
});
