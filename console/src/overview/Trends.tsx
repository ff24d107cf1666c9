import { Button, Skeleton } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../shell/useLanguage";
import { RowTable } from "../tables/RowTable";
import { useNumbers } from "../words/Count";
import { FIGURES, type Figure } from "./figures";
import styles from "./overview.module.css";
import type { Day } from "./queries";

const LineChart = lazy(() => import("../charts/LineChart"));

const CHARTS = {
  funnel: ["planned", "sent", "reached", "clicked"],
  pushes: ["pushes"],
  devices: ["registered", "active"],
  accumulated: ["accumulated"],
} as const satisfies Record<string, readonly Figure[]>;

type Chart = keyof typeof CHARTS;

/** Day by day. Every chart can be read as a table. */
export default function Trends({ days }: { days: Day[] }) {
  return (
    <div className={styles.trends}>
      {(Object.keys(CHARTS) as Chart[]).map((chart) => (
        <Trend key={chart} chart={chart} days={days} />
      ))}
    </div>
  );
}

function Trend({ chart, days }: { chart: Chart; days: Day[] }) {
  const { t } = useTranslation("overview");
  const [table, setTable] = useState(false);
  const numbers = useNumbers();
  const dayName = useDayName();
  const figures: readonly Figure[] = CHARTS[chart];
  const last = days.at(-1);
  const told = figures.map((figure) => `${t(`figure.${figure}`)} ${last ? numbers.count(FIGURES[figure](last)) : "–"}`);
  return (
    <section className="panel" aria-labelledby={`trend-${chart}`}>
      <div className={styles.row}>
        <h2 id={`trend-${chart}`} className={styles.heading}>
          {t(`trend.${chart}`)}
        </h2>
        <Button size="small" onClick={() => setTable(!table)} aria-pressed={table}>
          {t(table ? "asChart" : "asTable")}
        </Button>
      </div>
      {table ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        <section className={styles.scroll} tabIndex={0} aria-label={t("trend.table", { name: t(`trend.${chart}`) })}>
          <RowTable
            label={t(`trend.${chart}`)}
            rows={[...days].reverse()}
            keyOf={({ day }) => day}
            columns={[
              { key: "day", title: t("day"), render: ({ day }) => dayName(day) },
              ...figures.map((figure) => ({
                key: figure,
                title: t(`figure.${figure}`),
                numeric: true,
                render: (day: Day) => numbers.count(FIGURES[figure](day)),
              })),
            ]}
          />
        </section>
      ) : (
        <Suspense fallback={<Skeleton active />}>
          <LineChart
            label={t("trend.label", { name: t(`trend.${chart}`), days: days.length, figures: told.join(", ") })}
            names={days.map(({ day }) => dayName(day))}
            lines={figures.map((figure) => ({ name: t(`figure.${figure}`), values: days.map(FIGURES[figure]) }))}
          />
        </Suspense>
      )}
      {chart === "funnel" && (
        <p className={`quiet ${styles.note}`}>
          {t("trend.once")} {days.length > 31 && t("trend.month")}
        </p>
      )}
    </section>
  );
}

/** 25 Nov. A day is the application's already, so no zone has to be minded. */
function useDayName(): (day: string) => string {
  const { locale } = useLanguage();
  const format = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  return (day) => format.format(new Date(day));
}
