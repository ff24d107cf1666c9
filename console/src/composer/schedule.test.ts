import { describe, expect, test } from "vitest";
import { EMPTY, type TimeForm } from "./form";
import { later, MOST_OCCURRENCES, occurrences, wallClock, wallTime } from "./schedule";

const NOW = "2026-11-25 10:00:00"; // a Wednesday

function loop(values: Partial<TimeForm>): TimeForm {
  return { ...EMPTY.time, kind: "loop", start: "2026-11-25", end: "2026-12-31", times: ["09:00:00"], ...values };
}

test("the clock of a zone", () => {
  expect(wallClock(new Date("2026-11-25T16:05:09Z"), "Asia/Shanghai")).toBe("2026-11-26 00:05:09");
  expect(wallClock(new Date("2026-11-25T16:05:09Z"), "America/New_York")).toBe("2026-11-25 11:05:09");
});

test("later is over midnight and month's end", () => {
  expect(later("2026-11-30 23:30:00", { minutes: 60 })).toBe("2026-12-01 00:30:00");
  expect(later("2026-11-30", { days: 1 })).toBe("2026-12-01 00:00:00");
  expect(later("2026-11-30 00:05:00", { minutes: -10 })).toBe("2026-11-29 23:55:00");
});

describe("loops", () => {
  test("daily, without what has passed", () => {
    const found = occurrences(loop({ end: "2026-11-27", times: ["18:00:00", "09:00:00"] }), NOW);
    expect(found).toEqual([
      "2026-11-25 18:00:00",
      "2026-11-26 09:00:00",
      "2026-11-26 18:00:00",
      "2026-11-27 09:00:00",
      "2026-11-27 18:00:00",
    ]);
  });

  test("weekly, Sunday is 0", () => {
    const found = occurrences(loop({ rhythm: "weekly", weekDays: [0, 1], end: "2026-12-07" }), NOW);
    expect(found.map((moment) => moment.slice(0, 10))).toEqual([
      "2026-11-29",
      "2026-11-30",
      "2026-12-06",
      "2026-12-07",
    ]);
  });

  test("monthly, a day the month lacks is skipped", () => {
    const found = occurrences(loop({ rhythm: "monthly", monthDays: [31] }), NOW);
    expect(found).toEqual(["2026-12-31 09:00:00"]);
  });

  test("nothing without days, or when the end is first", () => {
    expect(occurrences(loop({ start: "" }), NOW)).toEqual([]);
    expect(occurrences(loop({ end: "2026-11-24" }), NOW)).toEqual([]);
    expect(occurrences(loop({ rhythm: "weekly", weekDays: [] }), NOW)).toEqual([]);
  });

  test("too many are counted up to one too many", () => {
    const times = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, "0")}:00:00`);
    expect(occurrences(loop({ times }), NOW)).toHaveLength(MOST_OCCURRENCES + 1);
  });
});

test("in words", () => {
  expect(wallTime("2026-11-25 09:30:00", "en-GB")).toBe("Wed, 25 Nov 2026, 09:30");
  expect(wallTime("2026-11-25", "en-GB")).toBe("Wed, 25 Nov 2026");
});
