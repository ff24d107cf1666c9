import { expect, test } from "vitest";
import { chosenLanguage } from "./language";

test.each([
  [null, ["zh-TW", "en"], "zh"],
  [null, ["de-DE", "zh-CN"], "zh"],
  [null, ["de-DE"], "en"],
  [null, [], "en"],
  ["en", ["zh-CN"], "en"],
  ["zh", ["en-GB"], "zh"],
  ["xx", ["zh-CN"], "zh"],
])("chosen %s, browser %j: %s", (choice, wanted, language) => {
  expect(chosenLanguage(choice, wanted)).toBe(language);
});
