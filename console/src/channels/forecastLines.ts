/** What a push will meet on each channel, as pieces of a sentence; the words are in locales/<language>/channels.json. */
import type { components } from "../api/schema";

export type ChannelForecast = components["schemas"]["ChannelForecast"];

export type Piece =
  | { kind: "refused" | "stopped"; reason: string }
  | { kind: "overQuota"; devices: number; messageClass: string }
  | { kind: "takes"; seconds: number; perSecond: number }
  | { kind: "ahead"; devices: number }
  | { kind: "notSetUp" };

export interface Line {
  channel: string;
  devices: number;
  pieces: Piece[];
}

const OWN = "xg";

/** `planned`: devices by channel, as the preview counted them; those of a channel that is not set up are forecast by nobody. */
export function linesOf(forecasts: readonly ChannelForecast[], planned: Record<string, number>): Line[] {
  const known = new Set(forecasts.map(({ channel }) => channel));
  const absent = Object.entries(planned).filter(
    ([channel, devices]) => devices && channel !== OWN && !known.has(channel),
  );
  return [
    ...forecasts.filter(({ channel, devices }) => channel !== OWN && devices).map(lineOf),
    ...absent.map(([channel, devices]): Line => ({ channel, devices, pieces: [{ kind: "notSetUp" }] })),
    ...forecasts
      .filter(({ channel }) => channel === OWN)
      .map((own): Line => ({ channel: OWN, devices: own.taken, pieces: timing(own) })),
  ];
}

function lineOf(one: ChannelForecast): Line {
  const { channel, devices } = one;
  if (one.refusal) return { channel, devices, pieces: [{ kind: "refused", reason: one.refusal }] };
  if (one.stop_reason) return { channel, devices, pieces: [{ kind: "stopped", reason: one.stop_reason }] };
  const over: Piece[] = one.over_quota
    ? [{ kind: "overQuota", devices: one.over_quota, messageClass: one.message_class }]
    : [];
  return { channel, devices, pieces: [...timing(one), ...over] };
}

function timing({ seconds, per_second, ahead }: ChannelForecast): Piece[] {
  const pieces: Piece[] = [];
  if (seconds && per_second)
    pieces.push({ kind: "takes", seconds: Math.max(1, Math.round(seconds)), perSecond: per_second });
  if (ahead) pieces.push({ kind: "ahead", devices: ahead });
  return pieces;
}
