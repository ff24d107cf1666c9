/** Times in the application's time zone, in the language that shows. `at`: what the API gives, ISO 8601 with an offset. */

export function dateTime(at: string, timezone: string, locale: string): string {
  return written(at, timezone, locale, { dateStyle: "medium", timeStyle: "medium" });
}

export function day(at: string, timezone: string, locale: string): string {
  return written(at, timezone, locale, { dateStyle: "medium" });
}

/** A day of the calendar, 2026-11-25, that stands for itself in every zone. */
export function calendarDay(day: string, locale: string): string {
  return written(`${day}T12:00:00Z`, "UTC", locale, { dateStyle: "medium" });
}

/** 25 Nov; with the year where it is not the present one. */
export function shortDay(at: string, timezone: string, locale: string, now = new Date()): string {
  const yearOf = (moment: string | Date) =>
    new Intl.DateTimeFormat("en", { year: "numeric", timeZone: timezone }).format(new Date(moment));
  if (yearOf(at) !== yearOf(now)) return day(at, timezone, locale);
  return written(at, timezone, locale, { day: "numeric", month: "short" });
}

/** 10:16:31, where the day stands beside it. */
export function time(at: string, timezone: string, locale: string): string {
  return written(at, timezone, locale, { timeStyle: "medium" });
}

/** 10:16, of today or any other day. */
export function clock(at: number, timezone: string, locale: string): string {
  const style: Intl.DateTimeFormatOptions = {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: timezone,
  };
  return new Intl.DateTimeFormat(locale, style).format(at);
}

/** With the zone's name: 25 Nov 2026, 10:16:31 China Standard Time. */
export function dateTimeAndZone(at: string, timezone: string, locale: string): string {
  return written(at, timezone, locale, { dateStyle: "full", timeStyle: "long" });
}

function written(at: string, timeZone: string, locale: string, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...style, timeZone, hourCycle: "h23" }).format(new Date(at));
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** "3 minutes ago", "in 2 hours". */
export function relative(at: string, now: Date, locale: string): string {
  const seconds = Math.round((new Date(at).getTime() - now.getTime()) / 1000);
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}
