/**
 * The calendar the pickers count with: dates are times of a clock on a wall, held as if its zone were UTC. So no hour is
 * missing or double, whatever the browser's zone; libraries of dates shift hours that a zone skips in spring.
 */
import type { GenerateConfig } from "@rc-component/picker/generate/index";
import { wallClock } from "../composer/schedule";

const DAY_MS = 86_400_000;

/** 2026-11-25 and 09:30, either may be missing. */
export function dateOf(day: string, clock = "00:00"): Date {
  return new Date(`${day || "1970-01-01"}T${clock}:00Z`);
}

export const dayOf = (date: Date) => date.toISOString().slice(0, 10);
export const clockOf = (date: Date) => date.toISOString().slice(11, 16);

function changed(date: Date, change: (copy: Date) => void): Date {
  const copy = new Date(date);
  change(copy);
  return copy;
}

/** The same day of another month, or that month's last. */
function inMonth(date: Date, year: number, month: number): Date {
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return changed(date, (copy) => copy.setUTCFullYear(year, month, Math.min(date.getUTCDate(), last)));
}

const WORDS: Record<string, (date: Date, locale: string) => string> = {
  YYYY: (date) => String(date.getUTCFullYear()),
  MMM: (date, locale) => new Intl.DateTimeFormat(locale, { month: "short", timeZone: "UTC" }).format(date),
  MM: (date) => two(date.getUTCMonth() + 1),
  M: (date) => String(date.getUTCMonth() + 1),
  DD: (date) => two(date.getUTCDate()),
  D: (date) => String(date.getUTCDate()),
  HH: (date) => two(date.getUTCHours()),
  H: (date) => String(date.getUTCHours()),
  mm: (date) => two(date.getUTCMinutes()),
  ss: (date) => two(date.getUTCSeconds()),
};
const TOKENS = /YYYY|MMM|MM|M|DD|D|HH|H|mm|ss/g;
const two = (number: number) => String(number).padStart(2, "0");
/** Ant Design says en_GB. */
const tag = (locale: string) => locale.replace("_", "-");

export function written(date: Date, format: string, locale: string): string {
  return format.replace(TOKENS, (token) => WORDS[token]?.(date, locale) ?? token);
}

/** A day or a time as somebody types it; null until it is whole: what is read is written anew at once. */
export function read(text: string): Date | null {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim())?.slice(1).map(Number);
  if (day) {
    const [year = 0, month = 0, date = 0] = day;
    const found = new Date(Date.UTC(year, month - 1, date));
    return found.getUTCMonth() === month - 1 && found.getUTCDate() === date ? found : null;
  }
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  return hour && minute && Number(hour) < 24 && Number(minute) < 60
    ? dateOf("", `${two(Number(hour))}:${minute}`)
    : null;
}

export function calendarOf(timezone: string): GenerateConfig<Date> {
  const firstOfWeek = (date: Date) => new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY_MS);
  return {
    getWeekDay: (date) => date.getUTCDay(),
    getMillisecond: (date) => date.getUTCMilliseconds(),
    getSecond: (date) => date.getUTCSeconds(),
    getMinute: (date) => date.getUTCMinutes(),
    getHour: (date) => date.getUTCHours(),
    getDate: (date) => date.getUTCDate(),
    getMonth: (date) => date.getUTCMonth(),
    getYear: (date) => date.getUTCFullYear(),
    getNow: () => {
      const now = wallClock(new Date(), timezone);
      return dateOf(now.slice(0, 10), now.slice(11, 16));
    },
    getFixedDate: (fixed) => dateOf(fixed),
    getEndDate: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)),
    addYear: (date, years) => inMonth(date, date.getUTCFullYear() + years, date.getUTCMonth()),
    addMonth: (date, months) => {
      const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
      return inMonth(date, first.getUTCFullYear(), first.getUTCMonth());
    },
    addDate: (date, days) => new Date(date.getTime() + days * DAY_MS),
    setYear: (date, year) => inMonth(date, year, date.getUTCMonth()),
    setMonth: (date, month) => inMonth(date, date.getUTCFullYear(), month),
    setDate: (date, day) => changed(date, (copy) => copy.setUTCDate(day)),
    setHour: (date, hour) => changed(date, (copy) => copy.setUTCHours(hour)),
    setMinute: (date, minute) => changed(date, (copy) => copy.setUTCMinutes(minute)),
    setSecond: (date, second) => changed(date, (copy) => copy.setUTCSeconds(second)),
    setMillisecond: (date, millisecond) => changed(date, (copy) => copy.setUTCMilliseconds(millisecond)),
    isAfter: (one, other) => one.getTime() > other.getTime(),
    isValidate: (date) => !Number.isNaN(date.getTime()),
    locale: {
      getWeekFirstDay: () => 1,
      getWeekFirstDate: (_, date) => firstOfWeek(date),
      getWeek: (_, date) => {
        const thursday = firstOfWeek(date).getTime() + 3 * DAY_MS;
        return 1 + Math.floor((thursday - Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)) / (7 * DAY_MS));
      },
      getShortWeekDays: (locale) => {
        const style = { weekday: locale.startsWith("zh") ? "narrow" : "short", timeZone: "UTC" } as const;
        const { format } = new Intl.DateTimeFormat(tag(locale), style);
        return Array.from({ length: 7 }, (_, day) => format(Date.UTC(2026, 10, 22 + day))); // the 22nd is a Sunday
      },
      getShortMonths: (locale) =>
        Array.from({ length: 12 }, (_, month) => written(new Date(Date.UTC(2026, month)), "MMM", tag(locale))),
      format: (locale, date, format) => written(date, format, tag(locale)),
      parse: (_, text) => read(text),
    },
  };
}
