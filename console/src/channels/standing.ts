/** How a channel stands, the most pressing thing first. */
import type { Tone } from "../tables/State";
import type { Channel } from "./queries";

const SOON_DAYS = 30;
const DAY_MS = 24 * 3600 * 1000;

export type Standing =
  | { kind: "absent" | "off" | "accepted" | "untested" }
  | { kind: "fault" | "refused" | "unanswered"; says: string }
  | { kind: "stopped"; until: string; says: string }
  | { kind: "ended" | "ending"; at: string };

export const TONES: Record<Standing["kind"], Tone> = {
  absent: "quiet",
  off: "quiet",
  untested: "active",
  accepted: "good",
  unanswered: "warn",
  ending: "warn",
  stopped: "bad",
  fault: "bad",
  refused: "bad",
  ended: "bad",
};

export function standingOf(channel: Channel, now: Date): Standing {
  const { check } = channel;
  if (!channel.configured) return { kind: "absent" };
  if (channel.fault) return { kind: "fault", says: channel.fault };
  if (!channel.enabled) return { kind: "off" };
  if (channel.stopped_until && new Date(channel.stopped_until) > now)
    return { kind: "stopped", until: channel.stopped_until, says: channel.stop_reason };
  const end = channel.credentials_end ?? check?.expires_at;
  const left = end ? new Date(end).getTime() - now.getTime() : Number.POSITIVE_INFINITY;
  if (end && left <= 0) return { kind: "ended", at: end };
  if (check?.outcome === "refused") return { kind: "refused", says: check.says };
  if (end && left < SOON_DAYS * DAY_MS) return { kind: "ending", at: end };
  if (check?.outcome === "unanswered") return { kind: "unanswered", says: check.says };
  return { kind: check ? "accepted" : "untested" };
}

const PRESSING = new Set<Standing["kind"]>(["fault", "stopped", "ended", "refused", "ending"]);

/** Somebody has to do something about it. */
export function isPressing(standing: Standing): boolean {
  return PRESSING.has(standing.kind);
}
