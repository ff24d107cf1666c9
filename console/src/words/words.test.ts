import { expect, test } from "vitest";
import { bytes, count, share } from "./numbers";
import { calendarDay, clock, dateTime, dateTimeAndZone, relative, shortDay, time } from "./times";

test("numbers are grouped", () => {
  expect(count(1204331, "en-GB")).toBe("1,204,331");
  expect(count(1204331, "zh-CN")).toBe("1,204,331");
});

test("a share of nothing is no number", () => {
  expect(share(1, 3, "en-GB")).toBe("33.3%");
  expect(share(0, 3, "en-GB")).toBe("0%");
  expect(share(0, 0, "en-GB")).toBe("–");
});

test("a share that is not quite nothing or all does not round to it", () => {
  expect(share(500, 7_007_407, "en-GB")).toBe("<0.1%");
  expect(share(7_006_907, 7_007_407, "en-GB")).toBe(">99.9%");
  expect(share(1, 2000, "en-GB")).toBe("0.1%");
  expect(share(3, 3, "en-GB")).toBe("100%");
});

test("sizes are told in the unit they fill", () => {
  expect(bytes(0, "en-GB")).toBe("0 bytes");
  expect(bytes(999, "en-GB")).toBe("999 bytes");
  expect(bytes(104_857_600, "en-GB")).toBe("104.9 MB");
});

test("times are the application's, wherever the browser is", () => {
  const at = "2026-11-25T16:30:05Z";
  expect(dateTime(at, "Asia/Shanghai", "en-GB")).toBe("26 Nov 2026, 00:30:05");
  expect(dateTime(at, "America/New_York", "en-GB")).toBe("25 Nov 2026, 11:30:05");
  expect(dateTimeAndZone(at, "Asia/Shanghai", "en-GB")).toContain("GMT+8");
});

test("a day of the calendar is the same everywhere", () => {
  expect(calendarDay("2026-11-25", "en-GB")).toBe("25 Nov 2026");
});

test("in a narrow column the year shows where it matters", () => {
  const now = new Date("2026-12-31T20:00:00Z"); // already 2027 in Shanghai
  expect(shortDay("2026-11-25T16:30:05Z", "Asia/Shanghai", "en-GB", now)).toBe("26 Nov 2026");
  expect(shortDay("2026-11-25T16:30:05Z", "UTC", "en-GB", now)).toBe("25 Nov");
  expect(shortDay("2026-11-25T16:30:05Z", "UTC", "zh-CN", now)).toBe("11月25日");
  expect(time("2026-11-25T16:30:05Z", "Asia/Shanghai", "en-GB")).toBe("00:30:05");
  expect(clock(Date.parse("2026-11-25T16:30:05Z"), "Asia/Shanghai", "en-GB")).toBe("00:30");
});

test.each([
  ["2026-11-25T11:59:57Z", "3 seconds ago"],
  ["2026-11-25T11:58:01Z", "1 minute ago"],
  ["2026-11-25T14:00:00Z", "in 2 hours"],
  ["2026-11-24T12:00:00Z", "yesterday"],
  ["2026-11-25T12:00:00Z", "now"],
])("%s is %s", (at, words) => {
  expect(relative(at, new Date("2026-11-25T12:00:00Z"), "en-GB")).toBe(words);
});
