import { expect, test } from "vitest";
import { faultsOf } from "./faults";
import { changed, EMPTY, type Form, type Part } from "./form";

const NOW = "2026-11-25 10:00:00";

function form(parts: { [P in Part]?: Partial<Form[P]> }): Form {
  return Object.entries(parts).reduce(
    (form, [part, values]) => changed(form, { part, values } as Parameters<typeof changed>[1]),
    changed(changed(EMPTY, { part: "message", values: { title: "Hello", content: "World" } }), {
      part: "target",
      values: { packageId: 7 },
    }),
  );
}

test("an empty form lacks its texts and its target", () => {
  expect(faultsOf(EMPTY, "android", NOW)).toEqual({
    title: "titleMissing",
    content: "contentMissing",
    target: "packageMissing",
  });
  expect(faultsOf(form({}), "android", NOW)).toEqual({});
});

test.each<[{ [P in Part]?: Partial<Form[P]> }, object]>([
  [{ message: { content: "中".repeat(1400) } }, { content: "messageTooLong" }],
  [{ message: { title: "{{a}}" } }, { defaultTitle: "defaultMissing", defaultContent: "defaultMissing" }],
  [
    { message: { content: "{{a}}{{b}}{{c}}{{d}}{{e}}{{f}}", defaultTitle: "x", defaultContent: "x" } },
    { content: "tooManyAttributes" },
  ],
  [{ message: { picture: "ftp://x" } }, { picture: "urlWrong" }],
  [{ time: { kind: "at", at: "" } }, { at: "timeMissing" }],
  [{ time: { kind: "at", at: "2026-11-25 09:49:00" } }, { at: "timePast" }],
  [{ time: { kind: "at", at: "2026-11-25 09:51:00" } }, {}],
  [{ time: { kind: "at", at: "2027-03-01 09:00:00" } }, { at: "timeTooFar" }],
  [{ time: { kind: "loop", start: "2026-11-26", end: "2026-11-25" } }, { loop: "loopDates" }],
  [{ time: { kind: "loop", start: "2026-11-26", end: "2027-05-01" } }, { loop: "loopTooFar" }],
  [{ time: { kind: "loop", start: "2026-11-26", end: "2026-12-01", rhythm: "weekly" } }, { loop: "loopDays" }],
  [{ time: { kind: "loop", start: "2026-11-26", end: "2026-12-01", times: [] } }, { loop: "loopTimes" }],
  [{ time: { kind: "loop", start: "2026-11-25", end: "2026-11-25" } }, { loop: "loopNever" }],
  [{ target: { kind: "accounts", accounts: "" } }, { target: "accountsMissing" }],
  [{ target: { kind: "accounts", accounts: "ann\nx" } }, { target: "accountWrong" }],
  [
    { target: { kind: "accounts", accounts: Array.from({ length: 1001 }, (_, n) => `user-${n}`).join("\n") } },
    { target: "tooManyListed" },
  ],
  [{ target: { kind: "tokens", tokens: "short" } }, { target: "tokenWrong" }],
  [{ target: { kind: "tags" } }, { target: "tagsMissing" }],
  [{ target: { kind: "tokenPackage" } }, { target: "packageMissing" }],
  [{ target: { kind: "all", packageId: null } }, {}],
  [{ exclusion: { pushId: "abc" } }, { excludedPush: "pushIdWrong" }],
  [{ click: { kind: "url", url: "example.com" } }, { click: "urlWrong" }],
  [{ click: { kind: "intent" } }, { click: "intentMissing" }],
  [{ look: { extraAs: "json", extraJson: "[1]" } }, { extra: "jsonWrong" }],
  [{ look: { extraAs: "json", extraJson: "{" } }, { extra: "jsonWrong" }],
  [{ delivery: { acceptFrom: "09:00" } }, { accept: "hoursWrong" }],
])("%j", (parts, faults) => {
  expect(faultsOf(form(parts), "android", NOW)).toEqual(faults);
});

test("iOS: a silent message needs no text, a click has no action", () => {
  const silent = form({ message: { type: "message", title: "", content: "" }, click: { kind: "intent" } });
  expect(faultsOf(silent, "ios", NOW)).toEqual({});
});
