import { expect, test } from "vitest";
import { draftOf, formOf } from "./draft";
import { changed, EMPTY } from "./form";

test("a draft comes back as it was, through JSON", () => {
  const form = changed(EMPTY, { part: "target", values: { kind: "accounts", accounts: "ann\nbob" } });
  expect(formOf(JSON.parse(JSON.stringify(draftOf(form))))).toEqual(form);
});

test("what an older page did not know is as usual; what is no draft is none", () => {
  expect(formOf({ version: 1, form: { message: { title: "Hello" } } })).toEqual(
    changed(EMPTY, { part: "message", values: { title: "Hello" } }),
  );
  expect(formOf({ version: 2, form: {} })).toBeNull();
  expect(formOf({ title: "half a sentence" })).toBeNull();
  expect(formOf(null)).toBeNull();
});
