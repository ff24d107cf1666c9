/** The time of an earlier push, moved on to where it is still ahead: what somebody who repeats the push probably wants. */
import { EMPTY, type Rhythm, type TimeForm } from "./form";
import type { Given } from "./given";
import { DAYS_AHEAD, instant, later, wallClock } from "./schedule";

const RHYTHMS: readonly Rhythm[] = ["daily", "weekly", "monthly"];

/** `schedule`: as the push keeps it among its options. Without one it went out at once, and so will the next. */
export function proposedTime(schedule: Given, now: Date, timezone: string): TimeForm {
  const nowWall = wallClock(now, timezone);
  const sendAt = Date.parse(schedule.text("send_at"));
  if (!Number.isNaN(sendAt))
    return { ...EMPTY.time, kind: "at", at: ahead(wallClock(new Date(sendAt), timezone), nowWall) };
  const loop = schedule.inner("loop");
  const rhythm = RHYTHMS.find((name) => name === loop.text("rhythm"));
  if (!rhythm) return EMPTY.time;
  const days = loop.numbers("days");
  return {
    ...EMPTY.time,
    kind: "loop",
    ...span(loop.text("start_date"), loop.text("end_date"), nowWall.slice(0, 10)),
    rhythm,
    weekDays: rhythm === "weekly" ? days : [],
    monthDays: rhythm === "monthly" ? days : [],
    times: loop.texts("times"),
  };
}

/** The same time of the next day on which it has not gone by. */
function ahead(wall: string, nowWall: string): string {
  if (wall > nowWall) return wall;
  const today = nowWall.slice(0, 10) + wall.slice(10);
  return today > nowWall ? today : later(today, { days: 1 });
}

/** A loop that is under way goes on to its end; one that is over begins today, and is as long as it was. */
function span(start: string, end: string, today: string): Pick<TimeForm, "start" | "end"> {
  const days = Math.round((instant(end).getTime() - instant(start).getTime()) / 86_400_000);
  if (Number.isNaN(days)) return { start: today, end: today };
  const begin = start > today ? start : today;
  const length = Math.min(days, DAYS_AHEAD - 1);
  return { start: begin, end: end >= today ? end : later(today, { days: length }).slice(0, 10) };
}
