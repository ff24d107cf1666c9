import { Tooltip } from "antd";
import { useAddressedApplication } from "../api/products";
import { useLanguage } from "../shell/useLanguage";
import { calendarDay, clock, dateTime, dateTimeAndZone, day, relative, shortDay, time } from "./times";

/** A time in the zone of the application the page is about, else in the browser's. Its tip names the zone. */
export function Time({ at }: { at: string }) {
  const times = useTimes();
  return (
    <Tooltip title={times.dateTimeAndZone(at)}>
      <time dateTime={at} className="numbers">
        {times.dateTime(at)}
      </time>
    </Tooltip>
  );
}

/** The same in two lines, for a narrow column. */
export function DayAndTime({ at }: { at: string }) {
  const times = useTimes();
  return (
    <Tooltip title={times.dateTimeAndZone(at)}>
      <time dateTime={at} className="numbers">
        {times.shortDay(at)}
        <span className="quiet" style={{ display: "block" }}>
          {times.time(at)}
        </span>
      </time>
    </Tooltip>
  );
}

/** The formats of times.ts, of the zone and the language that show. */
export function useTimes() {
  const { locale } = useLanguage();
  const timezone = useAddressedApplication()?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    timezone,
    dateTime: (at: string) => dateTime(at, timezone, locale),
    dateTimeAndZone: (at: string) => dateTimeAndZone(at, timezone, locale),
    shortDay: (at: string) => shortDay(at, timezone, locale),
    time: (at: string) => time(at, timezone, locale),
    day: (at: string) => day(at, timezone, locale),
    calendarDay: (day: string) => calendarDay(day, locale),
    clock: (at: number) => clock(at, timezone, locale),
    relative: (at: string, now = new Date()) => relative(at, now, locale),
  };
}
