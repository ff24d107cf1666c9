/** What the page Create Push holds: one typed form, changed by one reducer. Kept as a draft as it is. */

export type Platform = "android" | "ios";
export type Channel = "xg" | "hw" | "harmony" | "honor" | "xm" | "oppo" | "vivo" | "mz" | "fcm" | "apns" | "webpush";

export const CHANNELS: Record<Platform, readonly Channel[]> = {
  android: ["xg", "hw", "harmony", "honor", "xm", "oppo", "vivo", "mz", "fcm", "webpush"],
  ios: ["xg", "apns", "webpush"],
};

export interface MessageForm {
  /** message: in-app on Android, silent on iOS. */
  type: "notify" | "message";
  title: string;
  /** iOS only. */
  subtitle: string;
  content: string;
  /** For devices that lack an attribute which the texts name. */
  defaultTitle: string;
  defaultContent: string;
  picture: string;
  audio: string;
}

export interface PlanForm {
  /** Empty: the default plan. */
  planId: string;
}

export type Rhythm = "daily" | "weekly" | "monthly";

/** Days and times are of a clock in the application's zone: YYYY-MM-DD, HH:mm:ss. */
export interface TimeForm {
  kind: "now" | "at" | "loop";
  at: string;
  rhythm: Rhythm;
  start: string;
  end: string;
  /** 0: Sunday. */
  weekDays: number[];
  monthDays: number[];
  times: string[];
}

export type Join = "AND" | "OR";

export interface TagCondition {
  type: string;
  tags: string[];
  /** How the tags of this condition join. */
  tagsJoin: Join;
  not: boolean;
  /** How it joins the condition before it. */
  join: Join;
}

export interface TagGroup {
  conditions: TagCondition[];
  not: boolean;
  join: Join;
}

export type TargetKind = "all" | "tags" | "package" | "accounts" | "tokens" | "tokenPackage";

export interface TargetForm {
  kind: TargetKind;
  packageId: number | null;
  tokenPackageId: number | null;
  /** One a line. */
  accounts: string;
  tokens: string;
  accountType: number;
  everyDevice: boolean;
  groups: TagGroup[];
}

export interface ExclusionForm {
  packageId: number | null;
  /** As typed. */
  pushId: string;
}

export interface Extra {
  name: string;
  value: string;
}

export interface LookForm {
  badge: "keep" | "add" | "set";
  badgeNumber: number;
  threadId: string;
  threadSummary: string;
  ring: boolean;
  /** A sound file of the app; empty: the device's own. */
  sound: string;
  vibrate: boolean;
  lights: boolean;
  androidChannel: string;
  interruption: "passive" | "active" | "time-sensitive" | "critical";
  showInForeground: boolean;
  extraAs: "pairs" | "json";
  extras: Extra[];
  extraJson: string;
}

/** What single vendors want to know of a notification; empty: nothing is said. */
export interface VendorForm {
  xmChannel: string;
  hwChannel: string;
  /** IM, VOIP, SUBSCRIPTION … */
  hwCategory: string;
  hwImportance: "" | "quiet" | "strong";
  /** A quick app opens. */
  hwQuick: boolean;
  oppoChannel: string;
  /** A system message; else an operation message. */
  vivoSystem: boolean;
  fcmChannel: string;
}

export interface ClickForm {
  kind: "app" | "activity" | "url" | "intent";
  activity: string;
  url: string;
  /** Ask before the browser opens. */
  confirm: boolean;
  intent: string;
}

export interface DeliveryForm {
  /** Devices a second; 0: as fast as it goes. */
  speed: number;
  /** 0: only who is connected. */
  expireHours: number;
  collapseId: number;
  forceCollapse: boolean;
  channelPolicy: "smart" | "custom";
  channelsOff: Channel[];
  onlineFirst: boolean;
  multiPackage: boolean;
  showInApp: boolean;
  environment: "product" | "dev";
  /** HH:mm; empty: at any hour. */
  acceptFrom: string;
  acceptTo: string;
}

export interface Form {
  message: MessageForm;
  plan: PlanForm;
  time: TimeForm;
  target: TargetForm;
  exclusion: ExclusionForm;
  look: LookForm;
  vendor: VendorForm;
  click: ClickForm;
  delivery: DeliveryForm;
}

export type Part = keyof Form;
export type Change = { [P in Part]: { part: P; values: Partial<Form[P]> } }[Part];

export function changed(form: Form, change: Change): Form {
  return { ...form, [change.part]: { ...form[change.part], ...change.values } };
}

export function reduce(form: Form, action: Change | { replaced: Form }): Form {
  return "replaced" in action ? action.replaced : changed(form, action);
}

export const EMPTY_CONDITION: TagCondition = {
  type: "xg_user_define",
  tags: [],
  tagsJoin: "OR",
  not: false,
  join: "AND",
};
export const EMPTY_GROUP: TagGroup = { conditions: [EMPTY_CONDITION], not: false, join: "OR" };

export const EMPTY: Form = {
  message: {
    type: "notify",
    title: "",
    subtitle: "",
    content: "",
    defaultTitle: "",
    defaultContent: "",
    picture: "",
    audio: "",
  },
  plan: { planId: "" },
  time: { kind: "now", at: "", rhythm: "daily", start: "", end: "", weekDays: [], monthDays: [], times: ["09:00:00"] },
  target: {
    kind: "package",
    packageId: null,
    tokenPackageId: null,
    accounts: "",
    tokens: "",
    accountType: 0,
    everyDevice: false,
    groups: [EMPTY_GROUP],
  },
  exclusion: { packageId: null, pushId: "" },
  look: {
    badge: "keep",
    badgeNumber: 1,
    threadId: "",
    threadSummary: "",
    ring: true,
    sound: "",
    vibrate: true,
    lights: true,
    androidChannel: "",
    interruption: "active",
    showInForeground: true,
    extraAs: "pairs",
    extras: [],
    extraJson: "",
  },
  vendor: {
    xmChannel: "",
    hwChannel: "",
    hwCategory: "",
    hwImportance: "",
    hwQuick: false,
    oppoChannel: "",
    vivoSystem: false,
    fcmChannel: "",
  },
  click: { kind: "app", activity: "", url: "", confirm: false, intent: "" },
  delivery: {
    speed: 0,
    expireHours: 24,
    collapseId: 0,
    forceCollapse: false,
    channelPolicy: "smart",
    channelsOff: [],
    onlineFirst: true,
    multiPackage: false,
    showInApp: false,
    environment: "product",
    acceptFrom: "",
    acceptTo: "",
  },
};

export function isEmpty(form: Form): boolean {
  return JSON.stringify(form) === JSON.stringify(EMPTY);
}

/** Of a field for one item a line: trimmed, without blank and repeated ones. */
export function lines(text: string): string[] {
  return [...new Set(text.split(/\r?\n/).map((line) => line.trim()))].filter(Boolean);
}

const PLACE = /\{\{([^{}]+)\}\}/g;

/** The user attributes that the texts name. */
export function attributesIn({ title, subtitle, content }: MessageForm): string[] {
  const found = [title, subtitle, content].flatMap((text) => [...text.matchAll(PLACE)].map((place) => place[1] ?? ""));
  return [...new Set(found)];
}
