import { expect, test } from "vitest";
import { onwards } from "./onwards";

test.each([
  ["/apps/1/pushes?state=sending", "/apps/1/pushes?state=sending"],
  [null, "/products"],
  ["https://elsewhere.example", "/products"],
  ["//elsewhere.example", "/products"],
  ["/\\elsewhere.example", "/products"],
  ["/login?next=%2F", "/products"],
])("after the log-in, %s leads to %s", (next, target) => {
  expect(onwards(next)).toBe(target);
});
