import { expect, test } from "vitest";
import { attributesIn, changed, EMPTY, lines, reduce } from "./form";

test("a change touches its part and nothing else", () => {
  const form = changed(EMPTY, { part: "message", values: { title: "Hello" } });
  expect(form.message).toEqual({ ...EMPTY.message, title: "Hello" });
  expect({ ...form, message: EMPTY.message }).toEqual(EMPTY);
  expect(EMPTY.message.title).toBe("");
  expect(reduce(form, { replaced: EMPTY })).toBe(EMPTY);
});

test("lines are trimmed, blank and repeated ones are gone", () => {
  expect(lines(" a-1 \r\n\nb,2\na-1\n")).toEqual(["a-1", "b,2"]);
  expect(lines("  \n ")).toEqual([]);
});

test("attributes are named once, in any text", () => {
  const message = { ...EMPTY.message, title: "Hi {{name}}", content: "{{level}} for {{name}}, not {that} or {{}}" };
  expect(attributesIn(message)).toEqual(["name", "level"]);
});
