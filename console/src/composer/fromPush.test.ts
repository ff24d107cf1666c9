import { expect, test } from "vitest";
import { changed, EMPTY, type Form, type Part } from "./form";
import { fromPush, type PushAnswer } from "./fromPush";
import { type NewPush, newPush } from "./newPush";

/** The push as the server would answer about it. */
function answered(form: Form, platform: "android" | "ios"): PushAnswer {
  const wanted = newPush(form, platform);
  const { accounts, tokens, tag_rules, exclude_package_id, exclude_push_id } = wanted;
  return {
    push_id: 70_001,
    state: "PUSH_FINISHED",
    source: "web",
    plan_name: "",
    package_name: "a.txt",
    package_state: "ready",
    created_at: "",
    due: "",
    started_at: null,
    finished_at: null,
    expires_at: null,
    failure: "",
    counts: {},
    ...wanted,
    collapse_id: 1,
    package_id: wanted.package_id ?? null,
    audience: { accounts, tokens, tag_rules, exclude_package_id, exclude_push_id },
    options: { supply_inapp_msg: wanted.show_in_app, ...kept(wanted) },
  } as PushAnswer;
}

/** When it was to go out, as the server keeps it. */
function kept({ send_at, loop }: NewPush): Record<string, unknown> {
  if (loop) return { schedule: { loop } };
  return send_at ? { schedule: { send_at: `${send_at.replace(" ", "T")}+08:00` } } : {};
}

const NOW = new Date("2026-11-25T02:00:00Z");
const ZONE = "Asia/Shanghai";

function form(parts: { [P in Part]?: Partial<Form[P]> }): Form {
  return Object.entries(parts).reduce(
    (form, [part, values]) => changed(form, { part, values } as Parameters<typeof changed>[1]),
    changed(EMPTY, { part: "message", values: { title: "Hello", content: "World" } }),
  );
}

const everything = form({
  message: {
    picture: "https://x/y.png",
    audio: "https://x/y.mp3",
    title: "{{a}}",
    defaultTitle: "A",
    defaultContent: "B",
  },
  plan: { planId: "3" },
  target: { packageId: 7, accountType: 2, everyDevice: true },
  exclusion: { packageId: 4, pushId: "70000" },
  look: {
    badge: "set",
    badgeNumber: 5,
    threadId: "t",
    threadSummary: "s",
    sound: "bell",
    vibrate: false,
    lights: false,
    androidChannel: "news",
    showInForeground: false,
    extras: [{ name: "page", value: "order" }],
  },
  vendor: {
    xmChannel: "130",
    hwChannel: "orders",
    hwCategory: "EXPRESS",
    hwImportance: "strong",
    hwQuick: true,
    oppoChannel: "o1",
    vivoSystem: true,
    fcmChannel: "f1",
  },
  time: { kind: "loop", start: "2026-11-30", end: "2026-12-06", rhythm: "weekly", weekDays: [1], times: ["09:00:00"] },
  click: { kind: "url", url: "https://example.com", confirm: true },
  delivery: {
    speed: 2000,
    expireHours: 12,
    channelPolicy: "custom",
    channelsOff: ["hw", "mz"],
    onlineFirst: false,
    multiPackage: true,
    showInApp: true,
    acceptFrom: "09:30",
    acceptTo: "18:00",
  },
});

test("an earlier push comes back as it was made", () => {
  expect(fromPush(answered(everything, "android"), "android", NOW, ZONE)).toEqual(everything);
});

test("an iOS push too", () => {
  const ios = form({
    message: { subtitle: "Sub" },
    target: {
      kind: "tags",
      groups: [
        {
          ...EMPTY.target.groups[0],
          conditions: [{ type: "xg_auto_country", tags: ["CN"], tagsJoin: "OR", not: true, join: "AND" }],
          not: true,
          join: "OR",
        },
      ],
    },
    look: { badge: "add", ring: false, interruption: "critical", extraAs: "json", extraJson: '{"id":7}' },
    delivery: { environment: "dev" },
  });
  expect(fromPush(answered(ios, "ios"), "ios", NOW, ZONE)).toEqual(ios);
});

test("listed targets come back as lines, a lost package does not", () => {
  const listed = answered(form({ target: { kind: "accounts", accounts: "ann\nbob" } }), "android");
  expect(fromPush(listed, "android", NOW, ZONE).target).toMatchObject({ kind: "accounts", accounts: "ann\nbob" });
  const lost = { ...answered(everything, "android"), package_state: "deleted" };
  expect(fromPush(lost, "android", NOW, ZONE).target).toMatchObject({ kind: "package", packageId: null });
});

test("a single token is a list of one; its collapse id is not taken along", () => {
  const push = {
    ...answered(form({ target: { kind: "tokens", tokens: "t" } }), "android"),
    audience_type: "token",
  };
  const again = fromPush(push, "android", NOW, ZONE);
  expect(again.target).toMatchObject({ kind: "tokens", tokens: "t" });
  expect(again.time).toEqual(EMPTY.time);
  expect(again.delivery.collapseId).toBe(0);
});

test("what a program pushed with members we don't know does not break the form", () => {
  const odd = {
    ...answered(form({}), "android"),
    message: { title: "Hello", android: null, accept_time: "x" },
    audience: {},
  };
  expect(fromPush(odd as PushAnswer, "android", NOW, ZONE).message).toMatchObject({ title: "Hello", content: "" });
});
