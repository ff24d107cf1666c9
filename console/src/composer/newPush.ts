/** The form as the console API takes it: NewPush for Confirm, PreviewRequest for whom it would reach. */
import type { components } from "../api/schema";
import { attributesIn, type Form, lines, type Platform, type TagGroup, type VendorForm } from "./form";

export type NewPush = components["schemas"]["NewPush"];
export type PreviewRequest = components["schemas"]["PreviewRequest"];
type Members = Record<string, unknown>;

const AUDIENCE_TYPES = {
  all: "all",
  tags: "tag",
  package: "package_account_push",
  accounts: "account_list",
  tokens: "token_list",
  tokenPackage: "package_token_push",
} as const;

const BULK = new Set(["all", "tags", "package", "tokenPackage"]);

/** Is the target of many, so that speed and collapse mean something? */
export function isBulk(form: Form): boolean {
  return BULK.has(form.target.kind);
}

export function newPush(form: Form, platform: Platform): NewPush {
  const { time, delivery } = form;
  const bulk = isBulk(form);
  return {
    ...audience(form, platform),
    message: message(form, platform),
    every_device: byAccount(form) && form.target.everyDevice,
    send_at: time.kind === "at" ? time.at : "",
    loop: time.kind === "loop" ? loop(form) : null,
    expire_seconds: Math.round(delivery.expireHours * 3600),
    push_speed: bulk ? delivery.speed : 0,
    collapse_id: bulk ? delivery.collapseId : 0,
    force_collapse: bulk && delivery.collapseId > 0 && delivery.forceCollapse,
    online_first: delivery.onlineFirst,
    personalised: attributesIn(form.message).length > 0,
    show_in_app: delivery.showInApp && form.message.type === "notify",
    ignore_invalid_tokens: form.target.kind === "tokens",
    is_test: false,
  };
}

/** The same message to a few test devices, at once. */
export function trialPush(form: Form, platform: Platform, tokens: string[]): NewPush {
  const target = { ...form.target, kind: "tokens" as const, tokens: tokens.join("\n") };
  const plain: Form = {
    ...form,
    target,
    plan: { planId: "" },
    time: { ...form.time, kind: "now" },
    exclusion: { packageId: null, pushId: "" },
  };
  return { ...newPush(plain, platform), is_test: true };
}

/** Null: the target is not said yet. */
export function previewRequest(form: Form, platform: Platform): PreviewRequest | null {
  return hasTarget(form) ? audience(form, platform) : null;
}

function hasTarget({ target }: Form): boolean {
  if (target.kind === "package") return target.packageId !== null;
  if (target.kind === "tokenPackage") return target.tokenPackageId !== null;
  if (target.kind === "accounts") return lines(target.accounts).length > 0;
  if (target.kind === "tokens") return lines(target.tokens).length > 0;
  if (target.kind === "tags") return target.groups.every((group) => group.conditions.every(({ tags }) => tags.length));
  return true;
}

function byAccount({ target }: Form): boolean {
  return target.kind === "package" || target.kind === "accounts";
}

/** What decides who gets it, in the words that both requests share. */
function audience(form: Form, platform: Platform) {
  const { target, exclusion, delivery } = form;
  const packageIds: Partial<Record<string, number | null>> = {
    package: target.packageId,
    tokenPackage: target.tokenPackageId,
  };
  const packageId = packageIds[target.kind] ?? null;
  return {
    audience_type: AUDIENCE_TYPES[target.kind],
    message_type: form.message.type,
    package_id: packageId,
    plan_id: form.plan.planId,
    account_type: byAccount(form) ? target.accountType : 0,
    accounts: target.kind === "accounts" ? lines(target.accounts) : [],
    tokens: target.kind === "tokens" ? lines(target.tokens) : [],
    tag_rules: target.kind === "tags" ? target.groups.map(tagRule) : [],
    exclude_package_id: exclusion.packageId,
    exclude_push_id: Number(exclusion.pushId) || null,
    environment: platform === "ios" ? delivery.environment : ("product" as const),
    multi_package: platform === "android" && delivery.multiPackage,
    disabled_channels: delivery.channelPolicy === "custom" ? delivery.channelsOff : [],
  };
}

function tagRule(group: TagGroup): Members {
  const tag_items = group.conditions.map((condition) => ({
    tag_type: condition.type,
    tags: condition.tags,
    tags_operator: condition.tagsJoin,
    items_operator: condition.join,
    is_not: condition.not,
  }));
  return { tag_items, operator: group.join, is_not: group.not };
}

function loop({ time }: Form): NewPush["loop"] {
  const days = { daily: [], weekly: time.weekDays, monthly: time.monthDays }[time.rhythm];
  return { start_date: time.start, end_date: time.end, rhythm: time.rhythm, days, times: time.times };
}

/** `message` of /v3/push/app; what is as by default is left out. */
export function message(form: Form, platform: Platform): Members {
  const { type, title, content, picture, audio, defaultTitle, defaultContent } = form.message;
  const { look, delivery } = form;
  const notification = type === "notify";
  if (platform === "ios" && !notification)
    return { ios: given({ aps: { "content-available": 1 }, custom_content: extra(form) }) };
  return given({
    title,
    content,
    ...(attributesIn(form.message).length ? { default_title: defaultTitle, default_content: defaultContent } : {}),
    accept_time: delivery.acceptFrom && delivery.acceptTo ? [window(delivery.acceptFrom, delivery.acceptTo)] : [],
    ...(notification
      ? {
          xg_media_resources: picture.trim(),
          xg_media_audio_resources: platform === "android" ? audio.trim() : "",
          thread_id: look.threadId.trim(),
          thread_sumtext: look.threadSummary.trim(),
        }
      : {}),
    ...(platform === "ios" ? ios(form) : { android: given(android(form)) }),
  });
}

function android(form: Form): Members {
  const { look, click } = form;
  if (form.message.type === "message") return { custom_content: extra(form) };
  return {
    n_ch_id: look.androidChannel.trim(),
    ...vendor(form.vendor),
    badge_type: badge(form),
    ring: look.ring ? undefined : 0,
    ring_raw: look.ring && look.androidChannel.trim() ? look.sound.trim() : "",
    vibrate: look.vibrate ? undefined : 0,
    lights: look.lights ? undefined : 0,
    show_type: look.showInForeground ? undefined : 1,
    custom_content: extra(form),
    action: {
      app: undefined,
      activity: { action_type: 1, activity: click.activity.trim() },
      url: { action_type: 2, browser: { url: click.url.trim(), confirm: Number(click.confirm) } },
      intent: { action_type: 3, intent: click.intent.trim() },
    }[click.kind],
  };
}

function vendor(vendor: VendorForm): Members {
  return {
    xm_ch_id: vendor.xmChannel.trim(),
    hw_ch_id: vendor.hwChannel.trim(),
    hw_category: vendor.hwCategory.trim(),
    hw_importance: { "": undefined, quiet: 1, strong: 2 }[vendor.hwImportance],
    hw_biz_type: vendor.hwQuick ? 1 : undefined,
    oppo_ch_id: vendor.oppoChannel.trim(),
    vivo_ch_id: vendor.vivoSystem ? "1" : "",
    fcm_ch_id: vendor.fcmChannel.trim(),
  };
}

function ios(form: Form): Members {
  const { title, subtitle, content } = form.message;
  const { look } = form;
  const aps = given({
    alert: given({ title, subtitle: subtitle.trim(), body: content }),
    badge_type: badge(form),
    sound: look.ring ? look.sound.trim() || "default" : "",
    "interruption-level": look.interruption === "active" ? "" : look.interruption,
    "mutable-content": 1,
  });
  return { show_type: look.showInForeground ? undefined : 1, ios: given({ aps, custom_content: extra(form) }) };
}

function badge({ look }: Form): number | undefined {
  return { keep: undefined, add: -2, set: look.badgeNumber }[look.badge];
}

/** The extra parameters as JSON text; empty when there are none. */
export function extra({ look }: Form): string {
  if (look.extraAs === "json") return look.extraJson.trim();
  const pairs = look.extras.filter(({ name }) => name.trim()).map(({ name, value }) => [name.trim(), value]);
  return pairs.length ? JSON.stringify(Object.fromEntries(pairs)) : "";
}

function window(from: string, to: string): Members {
  return { start: moment(from), end: moment(to) };
}

function moment(text: string): Members {
  const [hour, min] = text.split(":");
  return { hour, min };
}

/** The members that say something. Zeros do. */
function given(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isNothing(value)));
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
