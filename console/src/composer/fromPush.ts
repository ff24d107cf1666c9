/** An earlier push as a form, to send it again or something like it; its time is moved on to where it is still ahead. */
import type { components } from "../api/schema";
import { CHANNELS, EMPTY, type Form, type Join, type Platform, type TagGroup, type TargetKind } from "./form";
import { Given } from "./given";
import { proposedTime } from "./proposedTime";

export type PushAnswer = components["schemas"]["PushAnswer"];

const KINDS: Record<string, TargetKind> = {
  all: "all",
  tag: "tags",
  token: "tokens",
  token_list: "tokens",
  account: "accounts",
  account_list: "accounts",
  package_account_push: "package",
  package_token_push: "tokenPackage",
};

export function fromPush(push: PushAnswer, platform: Platform, now: Date, timezone: string): Form {
  const message = new Given(push.message);
  const android = message.inner("android");
  const ios = message.inner("ios");
  const aps = ios.inner("aps");
  const alert = aps.inner("alert");
  const own = platform === "ios" ? ios : android;
  const audience = new Given(push.audience);
  const kind = KINDS[push.audience_type] ?? "package";
  const disabled: readonly string[] = push.disabled_channels;
  const off = CHANNELS[platform].filter((channel) => disabled.includes(channel));
  return {
    message: {
      type: push.message_type === "message" ? "message" : "notify",
      title: alert.text("title") || message.text("title"),
      subtitle: alert.text("subtitle"),
      content: alert.text("body") || aps.text("alert") || message.text("content"),
      defaultTitle: message.text("default_title"),
      defaultContent: message.text("default_content"),
      picture: message.text("xg_media_resources"),
      audio: message.text("xg_media_audio_resources"),
    },
    plan: { planId: push.plan_id },
    time: proposedTime(new Given(push.options.schedule), now, timezone),
    target: {
      ...EMPTY.target,
      kind,
      packageId: kind === "package" && push.package_state === "ready" ? push.package_id : null,
      tokenPackageId: kind === "tokenPackage" && push.package_state === "ready" ? push.package_id : null,
      accounts: audience.texts("accounts").join("\n"),
      tokens: audience.texts("tokens").join("\n"),
      accountType: push.account_type,
      everyDevice: push.every_device,
      groups: kind === "tags" ? groups(audience) : EMPTY.target.groups,
    },
    exclusion: {
      packageId: audience.number("exclude_package_id") ?? null,
      pushId: String(audience.number("exclude_push_id") ?? ""),
    },
    look: {
      ...EMPTY.look,
      ...badge(platform === "ios" ? aps.number("badge_type") : android.number("badge_type")),
      threadId: message.text("thread_id"),
      threadSummary: message.text("thread_sumtext"),
      ring:
        platform === "ios"
          ? Boolean(aps.text("sound")) || push.message_type === "message"
          : android.number("ring") !== 0,
      sound: platform === "ios" ? aps.text("sound").replace(/^default$/, "") : android.text("ring_raw"),
      vibrate: android.number("vibrate") !== 0,
      lights: android.number("lights") !== 0,
      androidChannel: android.text("n_ch_id"),
      interruption: interruption(aps.text("interruption-level")),
      showInForeground: (platform === "ios" ? message : android).number("show_type") !== 1,
      ...extras(own.text("custom_content")),
    },
    vendor: {
      xmChannel: android.text("xm_ch_id"),
      hwChannel: android.text("hw_ch_id"),
      hwCategory: android.text("hw_category"),
      hwImportance: HW_IMPORTANCES[android.number("hw_importance") ?? 0] ?? "",
      hwQuick: android.number("hw_biz_type") === 1,
      oppoChannel: android.text("oppo_ch_id"),
      vivoSystem: android.text("vivo_ch_id") === "1",
      fcmChannel: android.text("fcm_ch_id"),
    },
    click: click(android.inner("action")),
    delivery: {
      ...EMPTY.delivery,
      speed: push.push_speed,
      expireHours: push.expire_seconds / 3600,
      channelPolicy: off.length ? "custom" : "smart",
      channelsOff: off,
      onlineFirst: push.online_first,
      multiPackage: push.multi_package,
      showInApp: Boolean(push.options.supply_inapp_msg),
      environment: push.environment === "dev" ? "dev" : "product",
      ...acceptTime(message),
    },
  };
}

function groups(audience: Given): TagGroup[] {
  const found = audience.list("tag_rules").map((rule) => ({
    not: rule.is("is_not"),
    join: join(rule.text("operator")),
    conditions: rule.list("tag_items").map((item) => ({
      type: item.text("tag_type").replace("verison", "version"),
      tags: item.texts("tags"),
      tagsJoin: join(item.text("tags_operator")),
      join: join(item.text("items_operator")),
      not: item.is("is_not"),
    })),
  }));
  return found.length ? found : EMPTY.target.groups;
}

function join(text: string): Join {
  return text === "AND" ? "AND" : "OR";
}

function badge(type: number | undefined): Pick<Form["look"], "badge" | "badgeNumber"> {
  if (type === -2) return { badge: "add", badgeNumber: 1 };
  return type === undefined || type < 0 ? { badge: "keep", badgeNumber: 1 } : { badge: "set", badgeNumber: type };
}

const HW_IMPORTANCES: readonly Form["vendor"]["hwImportance"][] = ["", "quiet", "strong"];

const INTERRUPTIONS = ["passive", "active", "time-sensitive", "critical"] as const;

function interruption(text: string): Form["look"]["interruption"] {
  return INTERRUPTIONS.find((level) => level === text) ?? "active";
}

/** Pairs where it is a flat object of texts, else the JSON as it is. */
function extras(text: string): Pick<Form["look"], "extraAs" | "extras" | "extraJson"> {
  if (!text) return { extraAs: "pairs", extras: [], extraJson: "" };
  try {
    const value: unknown = JSON.parse(text);
    const pairs = value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : [];
    if (pairs.length && pairs.every((pair): pair is [string, string] => typeof pair[1] === "string"))
      return { extraAs: "pairs", extras: pairs.map(([name, value]) => ({ name, value })), extraJson: "" };
  } catch {
    // shown as it is
  }
  return { extraAs: "json", extras: [], extraJson: text };
}

function click(action: Given): Form["click"] {
  const type = action.number("action_type");
  const browser = action.inner("browser");
  if (type === 2)
    return { ...EMPTY.click, kind: "url", url: browser.text("url"), confirm: browser.number("confirm") === 1 };
  if (type === 3) return { ...EMPTY.click, kind: "intent", intent: action.text("intent") };
  const activity = action.text("activity");
  return activity ? { ...EMPTY.click, kind: "activity", activity } : EMPTY.click;
}

function acceptTime(message: Given): Pick<Form["delivery"], "acceptFrom" | "acceptTo"> {
  const [first] = message.list("accept_time");
  if (!first) return { acceptFrom: "", acceptTo: "" };
  const [acceptFrom, acceptTo] = [first.inner("start"), first.inner("end")].map(
    (moment) => `${moment.text("hour")}:${moment.text("min")}`,
  );
  return { acceptFrom: acceptFrom ?? "", acceptTo: acceptTo ?? "" };
}
