/** Numbers as a person reads them, in the language that shows. */

export function count(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** A part of a whole; "–" of nothing. What is not quite nothing, or not quite all, does not read as if it were. */
export function share(part: number, whole: number, locale: string): string {
  if (!whole) return "–";
  const { format } = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const of = part / whole;
  if (of > 0 && of < 0.0005) return `<${format(0.001)}`;
  if (of < 1 && of >= 0.9995) return `>${format(0.999)}`;
  return format(of);
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function bytes(value: number, locale: string): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), UNITS.length - 1);
  const style = { style: "unit", unit: UNITS[power], unitDisplay: power ? "short" : "long" } as const;
  return new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: 1 }).format(value / 1000 ** power);
}

/** A span as one says it: 20 seconds, 3 minutes, 2 hours. */
export function roughly(seconds: number, locale: string): string {
  const [unit, size] = seconds < 90 ? ["second", 1] : seconds < 5400 ? ["minute", 60] : ["hour", 3600];
  const style = { style: "unit", unit: unit as string, unitDisplay: "long", maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(locale, style).format(Math.max(1, seconds / (size as number)));
}
