import { Segmented, Skeleton } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Trouble } from "../shell/Loaded";
import { useNumbers } from "../words/Count";
import { useTimes } from "../words/Time";
import details from "./details.module.css";
import { type StageCounts, useTimeline } from "./queries";
import { EVENTS, type Event, type Grain, hasHours, seriesOf, sums } from "./series";

const LineChart = lazy(() => import("../charts/LineChart"));
const COLUMNS = { sent: "sent", arrived: "reached", shown: "shown", clicked: "clicked", cleared: "cleared" } as const;

interface Props {
  pushId: number;
  startedAt: string;
  total: StageCounts;
}

/** When devices were sent to, and when they reported. */
export function TimeLine({ pushId, startedAt, total }: Props) {
  const { t } = useTranslation("pushes");
  const numbers = useNumbers();
  const times = useTimes();
  const query = useTimeline(pushId, total);
  const points = useMemo(() => query.data ?? [], [query.data]);
  const [chosen, setGrain] = useState<Grain>();
  const long = hasHours(points);
  const grain = chosen ?? (long ? "hours" : "minutes");
  const series = useMemo(() => seriesOf(points, startedAt, grain), [points, startedAt, grain]);
  const said = sums(points);
  const told = EVENTS.filter((event) => event !== "shown" || said.shown > 0); // few devices tell it
  const lines = told.map((event) => ({ name: t(`column.${COLUMNS[event]}`), values: series.values[event] }));
  const count = (event: Event) => numbers.count(said[event]);
  return (
    <section className="panel" aria-label={t("timeline.title")}>
      <div className={details.headingRow}>
        <h2 className={details.heading}>{t("timeline.title")}</h2>
        {long && (
          <Segmented<Grain>
            size="small"
            value={grain}
            onChange={setGrain}
            options={[
              { value: "minutes", label: t("timeline.minutes") },
              { value: "hours", label: t("timeline.hours") },
            ]}
          />
        )}
      </div>
      {query.isError && <Trouble error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && !points.length && <p className={details.nothing}>{t("timeline.empty")}</p>}
      {points.length > 0 && (
        <Suspense fallback={<Skeleton active />}>
          <LineChart
            label={t("timeline.label", {
              sent: count("sent"),
              reached: count("arrived"),
              shown: count("shown"),
              clicked: count("clicked"),
              cleared: count("cleared"),
            })}
            names={series.at.map((at) => times.clock(at))}
            lines={lines}
          />
        </Suspense>
      )}
      <p className={details.note}>{t("timeline.help")}</p>
    </section>
  );
}
