import { useTranslation } from "react-i18next";
import { type Column, RowTable } from "../tables/RowTable";
import { useNumbers } from "../words/Count";
import details from "./details.module.css";
import type { StageCounts } from "./queries";
import { usePushWords } from "./words";

const OWN = "xg";
type Figure = "planned" | "sent" | "reached" | "shown" | "clicked" | "cleared";

interface Row extends StageCounts {
  channel: string;
}

/** The funnel of each channel. Vendors don't tell who cleared a notification. */
export function Channels({ channels }: { channels: Record<string, StageCounts> }) {
  const { t } = useTranslation("pushes");
  const { channel } = usePushWords();
  const numbers = useNumbers();
  const rows = Object.entries(channels).map(([name, counts]): Row => ({ channel: name, ...counts }));
  rows.sort((a, b) => b.planned - a.planned);

  function figure(key: Figure, value: keyof StageCounts, of?: keyof StageCounts): Column<Row> {
    return {
      key,
      title: t(`column.${key}`),
      numeric: true,
      render: (row) =>
        value === "cleared" && row.channel !== OWN ? (
          <span className="quiet" title={t("funnel.noCleared")}>
            –
          </span>
        ) : (
          <>
            {numbers.count(row[value])}
            {of && <div className="quiet">{numbers.share(row[value], row[of])}</div>}
          </>
        ),
    };
  }

  const columns: Column<Row>[] = [
    { key: "channel", title: t("column.channel"), width: 120, render: (row) => channel(row.channel) },
    figure("planned", "planned"),
    figure("sent", "sent", "planned"),
    figure("reached", "arrived", "sent"),
    ...(rows.some((row) => row.shown) ? [figure("shown", "shown", "arrived")] : []), // few devices tell it
    figure("clicked", "clicked", "arrived"),
    figure("cleared", "cleared", "arrived"),
  ];
  return (
    <section>
      <h2 className={details.heading}>{t("funnel.channels")}</h2>
      <RowTable
        label={t("funnel.channels")}
        columns={columns}
        rows={rows}
        keyOf={(row) => row.channel}
        minWidth={620}
      />
    </section>
  );
}
