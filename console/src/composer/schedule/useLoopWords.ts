import { useTranslation } from "react-i18next";
import { useLanguage } from "../../shell/useLanguage";
import type { TimeForm } from "../form";
import { MOST_OCCURRENCES, occurrences, wallTime, weekDayName } from "../schedule";

/** What a loop will do, in words; empty while it would do nothing. */
export function useLoopWords(): (time: TimeForm, now: string) => string {
  const { t } = useTranslation("composer");
  const { locale } = useLanguage();
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  return (time, now) => {
    const found = occurrences(time, now);
    const [first, last] = [found[0], found.at(-1)];
    if (!first || !last || found.length > MOST_OCCURRENCES) return "";
    const days = {
      daily: t("time.everyDay"),
      weekly: t("time.everyWeekDay", { days: list.format([...time.weekDays].sort(mondayFirst).map(name)) }),
      monthly: t("time.everyMonthDay", { days: list.format([...time.monthDays].sort((a, b) => a - b).map(String)) }),
    }[time.rhythm];
    const times = list.format([...time.times].sort().map((moment) => moment.slice(0, 5)));
    const span = { first: wallTime(first, locale), last: wallTime(last, locale) };
    return t("time.words", { days, times, count: found.length, ...span });
  };

  function name(day: number): string {
    return weekDayName(day, locale);
  }
}

function mondayFirst(a: number, b: number): number {
  return ((a + 6) % 7) - ((b + 6) % 7);
}
