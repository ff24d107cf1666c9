/** Notifications as the phone shows them. */
import type { Message } from "@rockdove/device-client";

/** What a tap leads to. */
export type Opens = { kind: "app" } | { kind: "activity" | "browser" | "intent"; to: string };

export interface Notice {
  pushId: string;
  title: string;
  content: string;
  /** Address of a picture; empty: none. */
  picture: string;
  /** Notices of one group lie on each other; empty: of none. */
  group: string;
  opens: Opens;
  /** Milliseconds; by the browser's clock. */
  at: number;
}

/** How many a phone keeps on its screen. */
const MOST = 50;

export function noticeOf(message: Message, at: number): Notice {
  const alert = member(member(message, "ios"), "aps").alert;
  const apple = typeof alert === "string" ? { title: "", body: alert } : (alert as Record<string, unknown> | undefined);
  return {
    pushId: message.push_id,
    title: text(message.title) || text(apple?.title),
    content: text(message.content) || text(apple?.body),
    picture: text(message.xg_media_resources),
    group: text(message.thread_id),
    opens: opensOf(member(message, "android").action),
    at,
  };
}

/** With a new one on top, in place of the one it replaces. */
export function withNotice(notices: readonly Notice[], notice: Notice, replaces: string): Notice[] {
  const others = notices.filter(({ pushId }) => pushId !== replaces && pushId !== notice.pushId);
  return [notice, ...others].slice(0, MOST);
}

/** Groups where their newest is, which comes first in each. */
export function stacks(notices: readonly Notice[]): Notice[][] {
  const found = new Map<string, Notice[]>();
  for (const notice of notices) {
    const key = notice.group ? `group ${notice.group}` : `push ${notice.pushId}`;
    const stack = found.get(key);
    if (stack) stack.push(notice);
    else found.set(key, [notice]);
  }
  return [...found.values()];
}

const TARGETS = { 1: ["activity", "activity"], 2: ["browser", "browser"], 3: ["intent", "intent"] } as const;

/** `action` of a push: 1 the app or one of its activities, 2 an address, 3 an intent. */
function opensOf(action: unknown): Opens {
  const { action_type } = (action ?? {}) as { action_type?: keyof typeof TARGETS };
  const [kind, name] = TARGETS[action_type ?? 1] ?? TARGETS[1];
  const value = member({ action }, "action")[name];
  const to = text(typeof value === "object" && value ? (value as { url?: unknown }).url : value);
  return to ? { kind, to } : { kind: "app" };
}

function member(of: unknown, name: string): Record<string, unknown> {
  const value = (of as Record<string, unknown>)[name];
  return value && typeof value === "object" ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
