import type { Message } from "@rockdove/device-client";
import { expect, test } from "vitest";
import { noticeOf, stacks, withNotice } from "./notices";

function message(push_id: string, more: Record<string, unknown> = {}): Message {
  return { type: "notify", push_id, seq: Number(push_id), title: "Title", content: "Content", ...more };
}

test("title, content, picture and group are the push's", () => {
  const notice = noticeOf(message("7", { xg_media_resources: "https://x/y.png", thread_id: "orders" }), 5);
  expect(notice).toEqual({
    pushId: "7",
    title: "Title",
    content: "Content",
    picture: "https://x/y.png",
    group: "orders",
    opens: { kind: "app" },
    at: 5,
  });
});

test("an iOS alert stands in for a title that is not there", () => {
  const bare = { title: undefined, content: undefined };
  const ios = { aps: { alert: { title: "Alert", body: "Body" } } };
  expect(noticeOf(message("7", { ...bare, ios }), 0)).toMatchObject({ title: "Alert", content: "Body" });
  expect(noticeOf(message("7", { ...bare, ios: { aps: { alert: "Body" } } }), 0)).toMatchObject({ content: "Body" });
});

test.each([
  [{ action_type: 1 }, { kind: "app" }],
  [
    { action_type: 1, activity: "com.shop.Order" },
    { kind: "activity", to: "com.shop.Order" },
  ],
  [
    { action_type: 2, browser: { url: "https://shop.example" } },
    { kind: "browser", to: "https://shop.example" },
  ],
  [
    { action_type: 3, intent: "shop://order" },
    { kind: "intent", to: "shop://order" },
  ],
  [{ action_type: 9 }, { kind: "app" }],
  [undefined, { kind: "app" }],
])("a tap on %j opens %j", (action, opens) => {
  expect(noticeOf(message("7", { android: { action } }), 0).opens).toEqual(opens);
});

test("a notice takes the place of the one it replaces, on top", () => {
  const [a, b, c] = ["1", "2", "3"].map((id) => noticeOf(message(id), 0));
  if (!a || !b || !c) throw new Error();
  expect(withNotice([b, a], c, "1").map(({ pushId }) => pushId)).toEqual(["3", "2"]);
  expect(withNotice([b, a], b, "").map(({ pushId }) => pushId)).toEqual(["2", "1"]);
});

test("notices of a group lie on each other where the newest is", () => {
  const notices = ["4", "3", "2", "1"].map((id) =>
    noticeOf(message(id, { thread_id: id === "3" || id === "1" ? "orders" : "" }), 0),
  );
  expect(stacks(notices).map((stack) => stack.map(({ pushId }) => pushId))).toEqual([["4"], ["3", "1"], ["2"]]);
});
