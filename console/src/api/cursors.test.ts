import { expect, test } from "vitest";
import { current, cut, FIRST, newer, older } from "./cursors";

test("older pages lead back the way one came", () => {
  const second = older(FIRST, 70);
  const third = older(second, 20);
  expect([FIRST, second, third].map(current)).toEqual([undefined, 70, 20]);
  expect(current(newer(third))).toBe(70);
  expect(newer(newer(third))).toEqual(FIRST);
  expect(newer(FIRST)).toEqual(FIRST);
});

test("the row too many says that there is more, and does not show", () => {
  expect(cut([5, 4, 3], 2)).toEqual({ rows: [5, 4], more: true });
  expect(cut([5, 4], 2)).toEqual({ rows: [5, 4], more: false });
  expect(cut([], 2)).toEqual({ rows: [], more: false });
});
