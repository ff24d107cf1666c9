import { useTranslation } from "react-i18next";
import { useApplication } from "../api/products";
import { ALL, csvOf, type Figure } from "./figures";
import type { Day } from "./queries";

/** Gives the days that show to the browser, as a CSV file. */
export function useDownload(): (days: readonly Day[]) => void {
  const { t } = useTranslation("overview");
  const { access_id } = useApplication();
  return (days) => {
    const names = Object.fromEntries(ALL.map((figure) => [figure, t(`figure.${figure}`)])) as Record<Figure, string>;
    const csv = csvOf(days, { day: t("day"), ...names });
    const address = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `overview-${access_id}-${days[0]?.day}-${days.at(-1)?.day}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };
}
