import { useTranslation } from "react-i18next";

/** The ones TPNS names, the common ones first. 1 to 16 are the application's own, and any other number may be used. */
export const KNOWN_TYPES = [
  0, 1002, 1005, 999, 1003, 1004, 991, 992, 997, 998, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015,
] as const;
type Known = (typeof KNOWN_TYPES)[number];

/** An account type as one reads it: 1002 · mobile number. */
export function useAccountType(): (type: number) => string {
  const { t } = useTranslation("accounts");
  return (type) => (isKnown(type) ? `${type} · ${t(`type.${type}`)}` : String(type));
}

export function isKnown(type: number): type is Known {
  return (KNOWN_TYPES as readonly number[]).includes(type);
}

export const LARGEST_TYPE = 2 ** 31 - 1;

/** What there is to choose: the known ones, the one that is set, and a number that was typed. */
export function offered(set: number, typed: string): number[] {
  const number = /^\d{1,10}$/.test(typed) ? Number(typed) : set;
  const own = [set, number].filter((type) => !isKnown(type) && type <= LARGEST_TYPE);
  return [...new Set([...own, ...KNOWN_TYPES])];
}
