/** The time line as lines one can draw: a value for every minute of the first hour, or for every hour. */
import type { components } from "../api/schema";

export type TimePoint = components["schemas"]["TimePoint"];
export const EVENTS = ["sent", "arrived", "shown", "clicked", "cleared"] as const;
export type Event = (typeof EVENTS)[number];
export type Grain = "minutes" | "hours";

export interface Series {
  /** When each span begins, as milliseconds. */
  at: number[];
  values: Record<Event, number[]>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LONGEST = 24 * 7;
/** Hours: a receipt that comes later is still counted, in the last one. */

/** Did anything come after the first hour? */
export function hasHours(points: readonly TimePoint[]): boolean {
  return points.some((point) => point.seconds > 60);
}

/**
 * The server leaves out the spans in which nothing came; here they are zero. Both begin with the push's first minute;
 * by the hour, the first hour's minutes are one span.
 */
export function seriesOf(points: readonly TimePoint[], startedAt: string, grain: Grain): Series {
  const begin = Math.floor(Date.parse(startedAt) / MINUTE) * MINUTE;
  const step = grain === "minutes" ? MINUTE : HOUR;
  const shown = grain === "minutes" ? points.filter((point) => point.seconds === 60) : points;
  const place = (point: TimePoint) => Math.min(Math.floor((Date.parse(point.at) - begin) / step), LONGEST - 1);
  const spans = Math.max(0, ...shown.map(place)) + 1;
  const values = Object.fromEntries(EVENTS.map((event) => [event, new Array<number>(spans).fill(0)]));
  for (const point of shown)
    for (const event of EVENTS) {
      const line = values[event] ?? [];
      line[place(point)] = (line[place(point)] ?? 0) + point[event];
    }
  return {
    at: Array.from({ length: spans }, (_, span) => begin + span * step),
    values: values as Series["values"],
  };
}

export function sums(points: readonly TimePoint[]): Record<Event, number> {
  const sum = (event: Event) => points.reduce((all, point) => all + point[event], 0);
  return {
    sent: sum("sent"),
    arrived: sum("arrived"),
    shown: sum("shown"),
    clicked: sum("clicked"),
    cleared: sum("cleared"),
  };
}
