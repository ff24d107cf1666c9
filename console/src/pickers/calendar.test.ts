import { expect, test } from "vitest";
import { calendarOf, clockOf, dateOf, dayOf, read, written } from "./calendar";

const calendar = calendarOf("Europe/Berlin");

test("an hour that the zone skips in spring is taken as it is said", () => {
  const picked = calendar.setMinute(calendar.setHour(dateOf("2027-03-28"), 2), 30);
  expect([dayOf(picked), clockOf(picked)]).toEqual(["2027-03-28", "02:30"]);
});

test("a month on is the same day, or that month's last", () => {
  expect(dayOf(calendar.addMonth(dateOf("2027-01-31"), 1))).toBe("2027-02-28");
  expect(dayOf(calendar.addMonth(dateOf("2026-12-15"), 1))).toBe("2027-01-15");
  expect(dayOf(calendar.addYear(dateOf("2028-02-29"), 1))).toBe("2029-02-28");
  expect(dayOf(calendar.setMonth(dateOf("2027-03-31"), 3))).toBe("2027-04-30");
});

test("weeks begin on Monday and are numbered as ISO 8601 does", () => {
  expect(dayOf(calendar.locale.getWeekFirstDate("en_GB", dateOf("2026-11-29")))).toBe("2026-11-23");
  expect(calendar.locale.getWeek("en_GB", dateOf("2027-01-01"))).toBe(53);
  expect(calendar.locale.getWeek("en_GB", dateOf("2027-01-04"))).toBe(1);
});

test("in the language that shows", () => {
  expect(calendar.locale.getShortWeekDays?.("en_GB")).toEqual(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]);
  expect(calendar.locale.getShortWeekDays?.("zh_CN")).toEqual(["日", "一", "二", "三", "四", "五", "六"]);
  expect(calendar.locale.getShortMonths?.("zh_CN")[10]).toBe("11月");
  expect(written(dateOf("2026-11-05", "09:07"), "YYYY-MM-DD HH:mm", "en-GB")).toBe("2026-11-05 09:07");
});

test.each([
  ["2026-11-25", "2026-11-25T00:00"],
  [" 2026-01-05 ", "2026-01-05T00:00"],
  ["2026-01-2", null],
  ["202", null],
  ["09:30", "1970-01-01T09:30"],
  ["9:30", "1970-01-01T09:30"],
  ["103", null],
  ["2026-02-30", null],
  ["24:00", null],
  ["", null],
])("typed: %j", (text, expected) => {
  expect(read(text)?.toISOString().slice(0, 16) ?? null).toBe(expected);
});
