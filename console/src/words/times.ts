/** Times in the application's time zone, in the language that shows. `at`: what the API gives, ISO 8601 with an offset. */

export function dateTime(at: string, timezone: string, locale: string): string {
  return written(at, timezone, locale, { dateStyle: "medium", timeStyle: "medium" });
}

export function day(at: string, timezone: string, locale: string): string {
  return written(at, timezone, locale, { dateStyle: "medium" });
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
