import { expect, test } from "vitest";
import { controlsOf, valuesOf } from "./values";

const OFF = { daily_cap: null, deduplicate: false, allowed_hours: null };
const ON = {
  daily_cap: { notifications: 5, plans: ["0", "12"] },
  deduplicate: true,
  allowed_hours: { start: "22:00", end: "06:00" },
};

test.each([OFF, ON])("what is not touched stays", (controls) => {
  expect(controlsOf(valuesOf(controls), controls)).toEqual(controls);
});

test("what is switched off is not sent", () => {
  expect(controlsOf({ ...valuesOf(ON), capped: false, limited: false }, ON)).toEqual({ ...OFF, deduplicate: true });
});

test("a cap that is switched on anew counts every plan", () => {
  expect(controlsOf({ ...valuesOf(OFF), capped: true }, OFF).daily_cap).toEqual({ notifications: 3, plans: [] });
});
