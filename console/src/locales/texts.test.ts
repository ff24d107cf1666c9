import { expect, test } from "vitest";

const files = import.meta.glob<Record<string, unknown>>("./*/*.json", { import: "default", eager: true });

function leaves(texts: Record<string, unknown>, path = ""): [string, unknown][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    text && typeof text === "object"
      ? leaves(text as Record<string, unknown>, `${path}${key}.`)
      : [[`${path}${key}`, text] as [string, unknown]],
  );
}

function placeholders(text: unknown): string[] {
  return [...String(text).matchAll(/\{\{\s*(\w+)[^}]*\}\}|<\/?(\w+)>/g)].map(([whole]) => whole).sort();
}

const english = Object.keys(files).filter((file) => file.startsWith("./en/"));

test("both languages have the same files", () => {
  const chinese = Object.keys(files).filter((file) => file.startsWith("./zh/"));
  expect(chinese.map((file) => file.slice(5)).sort()).toEqual(english.map((file) => file.slice(5)).sort());
});

test.each(english)("%s: the same keys, placeholders and no empty text in both languages", (file) => {
  const en = leaves(files[file] ?? {});
  const zh = new Map(leaves(files[file.replace("./en/", "./zh/")] ?? {}));
  expect([...zh.keys()].sort()).toEqual(en.map(([key]) => key).sort());
  for (const [key, text] of en) {
    expect(placeholders(zh.get(key)), key).toEqual(placeholders(text));
    expect(zh.get(key), key).toBeTruthy();
    expect(text, key).toBeTruthy();
  }
});
