import { describe, expect, test } from "vitest";
import { changed, EMPTY, type Form, type Part } from "./form";
import { extra, message, newPush, previewRequest, trialPush } from "./newPush";

function form(parts: { [P in Part]?: Partial<Form[P]> }): Form {
  return Object.entries(parts).reduce(
    (form, [part, values]) => changed(form, { part, values } as Parameters<typeof changed>[1]),
    changed(EMPTY, { part: "message", values: { title: "Hello", content: "World" } }),
  );
}

test("a package of accounts, as plain as it comes", () => {
  const wanted = newPush(form({ target: { packageId: 7 } }), "android");
  expect(wanted).toEqual({
    message: { title: "Hello", content: "World" },
    message_type: "notify",
    audience_type: "package_account_push",
    package_id: 7,
    account_type: 0,
    every_device: false,
    accounts: [],
    tokens: [],
    tag_rules: [],
    exclude_package_id: null,
    exclude_push_id: null,
    environment: "product",
    multi_package: false,
    plan_id: "",
    send_at: "",
    loop: null,
    expire_seconds: 86_400,
    push_speed: 0,
    collapse_id: 0,
    force_collapse: false,
    disabled_channels: [],
    online_first: true,
    personalised: false,
    show_in_app: false,
    ignore_invalid_tokens: false,
    is_test: false,
  });
});

describe("targets", () => {
  test("only what the chosen kind needs is sent", () => {
    const filled = {
      packageId: 7,
      tokenPackageId: 8,
      accounts: "ann\nbob",
      tokens: "t",
      accountType: 2,
      everyDevice: true,
    };
    const of = (kind: Form["target"]["kind"]) => newPush(form({ target: { ...filled, kind } }), "android");
    expect(of("package")).toMatchObject({
      package_id: 7,
      account_type: 2,
      every_device: true,
      accounts: [],
      tokens: [],
    });
    expect(of("tokenPackage")).toMatchObject({ package_id: 8, account_type: 0, every_device: false });
    expect(of("accounts")).toMatchObject({ audience_type: "account_list", package_id: null, accounts: ["ann", "bob"] });
    expect(of("tokens")).toMatchObject({ audience_type: "token_list", tokens: ["t"], ignore_invalid_tokens: true });
    expect(of("all")).toMatchObject({ audience_type: "all", package_id: null, account_type: 0, accounts: [] });
  });

  test("tag rules have the wire's names", () => {
    const condition = {
      type: "xg_user_define",
      tags: ["vip", "gold"],
      tagsJoin: "AND",
      not: true,
      join: "OR",
    } as const;
    const groups = [{ conditions: [{ ...condition, tags: [...condition.tags] }], not: false, join: "AND" as const }];
    expect(newPush(form({ target: { kind: "tags", groups } }), "android").tag_rules).toEqual([
      {
        tag_items: [
          {
            tag_type: "xg_user_define",
            tags: ["vip", "gold"],
            tags_operator: "AND",
            items_operator: "OR",
            is_not: true,
          },
        ],
        operator: "AND",
        is_not: false,
      },
    ]);
  });

  test("nothing is counted before the target is said", () => {
    expect(previewRequest(form({}), "android")).toBeNull();
    expect(previewRequest(form({ target: { kind: "accounts", accounts: " \n" } }), "android")).toBeNull();
    expect(previewRequest(form({ target: { kind: "tags" } }), "android")).toBeNull();
    expect(previewRequest(form({ target: { kind: "all" } }), "android")).toMatchObject({ audience_type: "all" });
  });

  test("the preview asks about the same audience as the push", () => {
    const asked = form({ target: { packageId: 7, accountType: 3 }, exclusion: { packageId: 5, pushId: "70001" } });
    const request = previewRequest(asked, "android");
    expect(request).toMatchObject({ exclude_package_id: 5, exclude_push_id: 70_001 });
    expect(newPush(asked, "android")).toMatchObject(request ?? {});
  });

  test("speed and collapse are for targets of many", () => {
    const delivery = { speed: 2000, collapseId: 9, forceCollapse: true };
    const many = newPush(form({ target: { packageId: 7 }, delivery }), "android");
    expect(many).toMatchObject({ push_speed: 2000, collapse_id: 9, force_collapse: true });
    const few = newPush(form({ target: { kind: "accounts", accounts: "ann" }, delivery }), "android");
    expect(few).toMatchObject({ push_speed: 0, collapse_id: 0, force_collapse: false });
  });
});

describe("time", () => {
  test("what is chosen counts, whatever the others hold", () => {
    const time = {
      at: "2026-12-01 09:00:00",
      start: "2026-12-01",
      end: "2026-12-31",
      times: ["09:00:00"],
      weekDays: [1],
    };
    const of = (values: Partial<Form["time"]>) => newPush(form({ time: { ...time, ...values } }), "android");
    expect(of({ kind: "now" })).toMatchObject({ send_at: "", loop: null });
    expect(of({ kind: "at" })).toMatchObject({ send_at: "2026-12-01 09:00:00", loop: null });
    expect(of({ kind: "loop", rhythm: "weekly" })).toMatchObject({
      send_at: "",
      loop: { start_date: "2026-12-01", end_date: "2026-12-31", rhythm: "weekly", days: [1], times: ["09:00:00"] },
    });
    expect(of({ kind: "loop", rhythm: "daily" }).loop).toMatchObject({ days: [] });
  });
});

describe("message", () => {
  test("Android: what is as usual is left out, the rest in its place", () => {
    const look = { ring: false, badge: "add", androidChannel: "news", showInForeground: false } as const;
    const click = { kind: "url", url: "https://example.com/a", confirm: true } as const;
    expect(message(form({ look, click }), "android")).toEqual({
      title: "Hello",
      content: "World",
      android: {
        n_ch_id: "news",
        badge_type: -2,
        ring: 0,
        show_type: 1,
        action: { action_type: 2, browser: { url: "https://example.com/a", confirm: 1 } },
      },
    });
  });

  test("a badge of zero is a badge", () => {
    const look = { badge: "set", badgeNumber: 0 } as const;
    expect(message(form({ look }), "android")).toMatchObject({ android: { badge_type: 0 } });
    expect(message(form({ look }), "ios")).toMatchObject({ ios: { aps: { badge_type: 0 } } });
  });

  test("iOS: the texts are in the alert too", () => {
    const wanted = form({ message: { subtitle: "Sub" }, look: { interruption: "passive" } });
    expect(message(wanted, "ios")).toEqual({
      title: "Hello",
      content: "World",
      ios: {
        aps: {
          alert: { title: "Hello", subtitle: "Sub", body: "World" },
          sound: "default",
          "interruption-level": "passive",
          "mutable-content": 1,
        },
      },
    });
    expect(message(form({ look: { ring: false } }), "ios")).not.toHaveProperty("ios.aps.sound");
  });

  test("iOS: a silent message shows nothing", () => {
    const silent = form({ message: { type: "message" }, look: { extras: [{ name: "page", value: "7" }] } });
    expect(message(silent, "ios")).toEqual({
      ios: { aps: { "content-available": 1 }, custom_content: '{"page":"7"}' },
    });
  });

  test("Android: an in-app message has no looks", () => {
    const look = { badge: "add", threadId: "x", extras: [{ name: "page", value: "7" }] } as const;
    const inApp = form({
      message: { type: "message", picture: "https://x/y.png" },
      look: { ...look, extras: [...look.extras] },
    });
    expect(message(inApp, "android")).toEqual({
      title: "Hello",
      content: "World",
      android: { custom_content: '{"page":"7"}' },
    });
  });

  test("texts that name attributes bring their stand-ins, others don't", () => {
    const personal = form({ message: { title: "Hi {{name}}", defaultTitle: "Hi", defaultContent: "World" } });
    expect(message(personal, "android")).toMatchObject({ default_title: "Hi", default_content: "World" });
    expect(newPush(personal, "android").personalised).toBe(true);
    expect(message(form({ message: { defaultTitle: "Hi" } }), "android")).not.toHaveProperty("default_title");
  });

  test("hours of delivery are a window", () => {
    expect(message(form({ delivery: { acceptFrom: "09:30", acceptTo: "18:00" } }), "android")).toMatchObject({
      accept_time: [{ start: { hour: "09", min: "30" }, end: { hour: "18", min: "00" } }],
    });
  });

  test("extra parameters: pairs with a name, or the JSON as it was written", () => {
    const extras = [
      { name: " page ", value: "order" },
      { name: "", value: "lost" },
    ];
    expect(extra(form({ look: { extras } }))).toBe('{"page":"order"}');
    expect(extra(form({ look: { extras, extraAs: "json", extraJson: ' {"id": 7} ' } }))).toBe('{"id": 7}');
    expect(extra(form({}))).toBe("");
  });
});

test("a test goes to the chosen devices, at once, and to nobody else", () => {
  const whole = form({
    target: { kind: "package", packageId: 7 },
    time: { kind: "at", at: "2026-12-01 09:00:00" },
    plan: { planId: "3" },
    exclusion: { pushId: "70001", packageId: 2 },
    delivery: { speed: 1000, collapseId: 4 },
  });
  expect(trialPush(whole, "android", ["a", "b"])).toMatchObject({
    audience_type: "token_list",
    tokens: ["a", "b"],
    package_id: null,
    exclude_push_id: null,
    exclude_package_id: null,
    send_at: "",
    plan_id: "",
    push_speed: 0,
    collapse_id: 0,
    is_test: true,
    message: { title: "Hello", content: "World" },
  });
});
