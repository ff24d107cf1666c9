/** How long texts may be: what each vendor's channel takes, and what fits into a message. */
import type { Channel } from "./form";

/** Of the message as compact JSON. */
export const MESSAGE_BYTES = 4096;

interface TextLimit {
  title?: number;
  content?: number;
  /** A Chinese character counts as two. */
  wide?: boolean;
}

/** Vendors refuse what is longer; such devices get it through our own channel. As the channels' settings have it. */
export const TEXT_LIMITS: Partial<Record<Channel, TextLimit>> = {
  hw: { title: 40, content: 1024 },
  xm: { title: 50, content: 128 },
  mz: { title: 32, content: 100 },
  oppo: { title: 50, content: 200 },
  vivo: { title: 40, content: 128, wide: true },
};

const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** As a person counts: an emoji with its skin tone is one. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of segments.segment(text)) count += 1;
  return count;
}

/** As vendors count: code points, of which that emoji has several. */
function length(text: string, wide = false): number {
  const points = [...text];
  return wide ? points.reduce((sum, point) => sum + (isWide(point) ? 2 : 1), 0) : points.length;
}

function isWide(point: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u.test(
    point,
  );
}

export interface TooLong {
  channel: Channel;
  limit: number;
}

/** The channels, of those in use, whose vendor would refuse the text. */
export function tooLong(text: string, field: "title" | "content", channels: readonly Channel[]): TooLong[] {
  return channels.flatMap((channel) => {
    const limits = TEXT_LIMITS[channel];
    const limit = limits?.[field];
    return limit !== undefined && length(text, limits?.wide) > limit ? [{ channel, limit }] : [];
  });
}

export function bytesOf(message: unknown): number {
  return new TextEncoder().encode(JSON.stringify(message)).length;
}
