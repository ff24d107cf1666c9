/** The figures of a day, in the order they are shown and downloaded. */
import type { Day } from "./queries";

export const FIGURES = {
  pushes: (day: Day) => day.pushes,
  planned: (day: Day) => day.total.planned,
  sent: (day: Day) => day.total.sent,
  reached: (day: Day) => day.total.arrived,
  clicked: (day: Day) => day.total.clicked,
  registered: (day: Day) => day.registered,
  active: (day: Day) => day.active,
  accumulated: (day: Day) => day.accumulated,
} as const;

export type Figure = keyof typeof FIGURES;

export const ALL = Object.keys(FIGURES) as Figure[];

/** A spreadsheet's file: a mark by which it knows UTF-8, a line of `names`, a line a day. */
export function csvOf(days: readonly Day[], names: { day: string } & Record<Figure, string>): string {
  const lines = days.map((day) => [day.day, ...ALL.map((figure) => FIGURES[figure](day))]);
  return `\uFEFF${[[names.day, ...ALL.map((figure) => names[figure])], ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("")}`;
}

function cell(value: string | number): string {
  return /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
}

/** Nothing was ever registered or pushed. */
export function isEmpty(days: readonly Day[], devices: number): boolean {
  return devices === 0 && days.every((day) => ALL.every((figure) => FIGURES[figure](day) === 0));
}
