import { expect, test } from "vitest";
import { KNOWN_TYPES, LARGEST_TYPE, offered } from "./useAccountType";

test("a known type is offered once, in its place", () => {
  expect(offered(0, "")).toEqual([...KNOWN_TYPES]);
  expect(offered(1002, "1005")).toEqual([...KNOWN_TYPES]);
});

test("any other number may be typed, and stays to be seen", () => {
  expect(offered(0, "7")[0]).toBe(7);
  expect(offered(7, "").slice(0, 2)).toEqual([7, 0]);
  expect(offered(7, "12").slice(0, 2)).toEqual([7, 12]);
});

test("words and numbers that are too large are no types", () => {
  expect(offered(0, "mobile")).toEqual([...KNOWN_TYPES]);
  expect(offered(0, String(LARGEST_TYPE + 1))).toEqual([...KNOWN_TYPES]);
});
