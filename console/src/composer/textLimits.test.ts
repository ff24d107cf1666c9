import { expect, test } from "vitest";
import { bytesOf, characters, tooLong } from "./textLimits";

test("people count an emoji as one", () => {
  expect(characters("👍🏽")).toBe(1);
  expect(characters("👨‍👩‍👧 hi")).toBe(4);
  expect(characters("中文")).toBe(2);
  expect(characters("")).toBe(0);
});

test("vendors count code points, each up to its own limit", () => {
  expect(tooLong("x".repeat(40), "title", ["hw", "xm", "mz"]).map(({ channel }) => channel)).toEqual(["mz"]);
  expect(tooLong("x".repeat(51), "title", ["hw", "xm"])).toEqual([
    { channel: "hw", limit: 40 },
    { channel: "xm", limit: 50 },
  ]);
  expect(tooLong("😀".repeat(40), "title", ["hw"])).toEqual([]);
  expect(tooLong("x".repeat(500), "content", ["xg", "apns"])).toEqual([]);
});

test("vivo takes half as many Chinese characters", () => {
  expect(tooLong("中".repeat(20), "title", ["vivo"])).toEqual([]);
  expect(tooLong("中".repeat(21), "title", ["vivo"])).toEqual([{ channel: "vivo", limit: 40 }]);
});

test("bytes are those of UTF-8", () => {
  expect(bytesOf({ a: "中" })).toBe('{"a":""}'.length + 3);
});
