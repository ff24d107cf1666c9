/**
 * When it goes out. Everything is said in times of a clock on the wall of the application's zone, as text that sorts:
 * "2026-11-25 09:30:00". The server makes instants of them.
 */
import type { TimeForm } from "./form";

export const DAYS_AHEAD = 90;
export const LATE_MINUTES = 10;
export const MOST_OCCURRENCES = 366;

/** What the clock shows there. */
export function wallClock(now: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(now);
}

/** The clock some minutes or days on. */
export function later(wall: string, { days = 0, minutes = 0 }: { days?: number; minutes?: number }): string {
  return text(new Date(instant(wall).getTime() + (days * 1440 + minutes) * 60_000));
}

/** As if the zone were UTC: for counting and for Intl with timeZone "UTC". */
export function instant(wall: string): Date {
  return new Date(`${wall.slice(0, 10)}T${wall.slice(11) || "00:00:00"}Z`);
}

function text(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", " ");
}

/** The times a loop will send at, from now on; one more than may be when there are too many. */
export function occurrences(time: TimeForm, nowWall: string): string[] {
  if (!time.start || !time.end || time.end < time.start) return [];
  const found: string[] = [];
  const last = later(nowWall, { days: DAYS_AHEAD }).slice(0, 10);
  const [end = last] = [time.end, last].sort();
  for (
    let day = time.start;
    day <= end && found.length <= MOST_OCCURRENCES;
    day = later(day, { days: 1 }).slice(0, 10)
  ) {
    if (!matches(time, instant(day))) continue;
    const moments = [...new Set(time.times)].sort().map((moment) => `${day} ${moment}`);
    found.push(...moments.filter((moment) => moment >= nowWall));
  }
  return found.slice(0, MOST_OCCURRENCES + 1);
}

function matches({ rhythm, weekDays, monthDays }: TimeForm, day: Date): boolean {
  if (rhythm === "weekly") return weekDays.includes(day.getUTCDay());
  if (rhythm === "monthly") return monthDays.includes(day.getUTCDate());
  return true;
}

/** "Wed, 25 Nov 2026, 09:30" */
export function wallTime(wall: string, locale: string): string {
  const style = { weekday: "short", day: "numeric", month: "short", year: "numeric" } as const;
  return new Intl.DateTimeFormat(locale, {
    ...style,
    ...(wall.length > 10 ? { hour: "2-digit", minute: "2-digit" } : {}),
    hourCycle: "h23",
    timeZone: "UTC",
  }).format(instant(wall));
}

export function weekDayName(day: number, locale: string, weekday: "long" | "short" = "long"): string {
  return new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" }).format(new Date(Date.UTC(2026, 10, 22 + day)));
}
