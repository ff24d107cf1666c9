import { expect, test } from "vitest";
import { changed, EMPTY } from "../form";
import { newPush } from "../newPush";
import { answered, keyFor } from "./confirmation";
import { curl } from "./curl";

function store(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  } as unknown as Storage;
}

test("a key stays with its push until there is an answer", () => {
  const kept = store();
  const wanted = newPush(changed(EMPTY, { part: "message", values: { title: "Hello" } }), "android");
  const key = keyFor(1, wanted, kept);
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(keyFor(1, { ...wanted }, kept)).toBe(key);
  expect(keyFor(2, wanted, kept)).not.toBe(key);
  answered(1, kept);
  expect(keyFor(1, wanted, kept)).not.toBe(key);
});

test("another push has another key", () => {
  const kept = store();
  const wanted = newPush(EMPTY, "android");
  expect(keyFor(1, wanted, kept)).not.toBe(keyFor(1, { ...wanted, plan_id: "3" }, kept));
});

test("the call is one a shell takes", () => {
  const text = curl("https://push.example.com", { path: "/v3/push/app", body: { message: { title: "it's" }, n: 1 } });
  expect(text).toBe(
    [
      "curl -u ACCESS_ID:SECRET_KEY https://push.example.com/v3/push/app \\",
      "  -H 'Content-Type: application/json' \\",
      "  -d '{",
      `  "message": {"title":"it'\\''s"},`,
      '  "n": 1',
      "}'",
    ].join("\n"),
  );
});
