import type { TFunction } from "i18next";

const REASONS = {
  "shorter than 2 characters": "package.reasons.short",
  "longer than 100 characters": "package.reasons.long",
  "control character": "package.reasons.control",
} as const;

/** Why a line was refused, in the language that shows; a reason nobody has translated yet as the server says it. */
export function reasonWords(t: TFunction<"composer">, reason: string): string {
  return reason in REASONS ? t(REASONS[reason as keyof typeof REASONS]) : reason;
}
