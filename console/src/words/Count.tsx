import { useLanguage } from "../shell/useLanguage";
import { bytes, count, share } from "./numbers";

/** A number, grouped, its figures of one width. */
export function Count({ of }: { of: number }) {
  return <span className="numbers">{count(of, useLanguage().locale)}</span>;
}

/** The formats of numbers.ts in the language that shows, for texts: t("…", { devices: numbers.count(n) }). */
export function useNumbers() {
  const { locale } = useLanguage();
  return {
    count: (value: number) => count(value, locale),
    share: (part: number, whole: number) => share(part, whole, locale),
    bytes: (value: number) => bytes(value, locale),
  };
}
