import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/errors";
import { Trouble } from "../../shell/Loaded";

const CODES = {
  1008007: "invalid",
  1008023: "certificate",
  1008028: "rate",
  1008029: "tokens",
  10010005: "nobody",
  10010012: "time",
  10010018: "repeated",
} as const;

/** Without an answer of the server's own. */
const LOST = new Set([0, 502, 504]);

/** Why the server did not take the push, and what to do about it. */
export function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation("composer");
  const code = codeOf(error);
  const known = Object.keys(CODES).find((one) => Number(one) === code) as keyof typeof CODES | undefined;
  const advice = known && t(`refusal.${CODES[known]}`);
  const lost = error instanceof ApiError && LOST.has(error.status);
  return (
    <>
      <Trouble error={error} />
      {advice && <p>{advice}</p>}
      {lost && <p>{t("refusal.lost")}</p>}
    </>
  );
}

function codeOf(error: unknown): number | undefined {
  const body = error instanceof ApiError ? error.body : undefined;
  return body && typeof body === "object" && "code" in body && typeof body.code === "number" ? body.code : undefined;
}
