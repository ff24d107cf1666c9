import { Grid } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useApplication } from "../api/products";
import { type Column, RowTable } from "../tables/RowTable";
import { useNumbers } from "../words/Count";
import { DayAndTime, Time } from "../words/Time";
import { CancelLink } from "./CancelLink";
import styles from "./pushes.module.css";
import type { PushRow } from "./queries";
import { StateTag } from "./StateTag";
import { meaning } from "./states";
import { usePushWords } from "./words";

interface Props {
  rows: PushRow[];
  loading: boolean;
  /** Without the column of the plan. */
  ofPlan?: boolean;
}

/** The task list: a table, on a phone a card for each push. */
export function TaskTable({ rows, loading, ofPlan = false }: Props) {
  const { t } = useTranslation("pushes");
  const columns = useColumns(ofPlan);
  const wide = Grid.useBreakpoint().lg ?? true;
  if (!wide)
    return (
      <ul className={styles.cards} aria-busy={loading}>
        {rows.map((row) => (
          <Card key={row.push_id} row={row} />
        ))}
      </ul>
    );
  return (
    <RowTable
      label={t("title")}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.push_id}
      busy={loading}
      minWidth={940}
    />
  );
}

const FIGURES = { planned: "planned", sent: "sent", reached: "arrived", clicked: "clicked" } as const;
type Figure = keyof typeof FIGURES;

function useColumns(ofPlan: boolean): Column<PushRow>[] {
  const { t } = useTranslation("pushes");
  const address = useAddress();
  const figure = (name: Figure) => ({
    key: name,
    title: t(`column.${name}`),
    width: 80,
    numeric: true,
    render: (row: PushRow) => <FigureOf row={row} name={name} />,
  });
  return [
    {
      key: "id",
      title: t("column.id"),
      width: 74,
      render: (row: PushRow) => <Link to={address(row)}>{row.push_id}</Link>,
    },
    { key: "message", title: t("column.message"), render: (row: PushRow) => <MessageCell row={row} /> },
    { key: "target", title: t("column.target"), width: 136, render: (row: PushRow) => <TargetCell row={row} /> },
    ...(ofPlan
      ? []
      : [{ key: "plan", title: t("column.plan"), width: 88, render: (row: PushRow) => <PlanCell row={row} /> }]),
    {
      key: "time",
      title: t("column.time"),
      width: 84,
      render: (row: PushRow) => <DayAndTime at={row.started_at ?? row.due} />,
    },
    { key: "status", title: t("column.status"), width: 112, render: (row: PushRow) => <StatusCell row={row} /> },
    ...(Object.keys(FIGURES) as Figure[]).map(figure),
  ];
}

/** A dash where there is nothing to count, or nobody has counted yet: that is a minute's work. */
function FigureOf({ row, name }: { row: PushRow; name: Figure }) {
  const { t } = useTranslation("pushes");
  const numbers = useNumbers();
  if (row.started_at && (row.counted || name === "planned")) return numbers.count(row[FIGURES[name]]);
  return (
    <span className="quiet" title={row.started_at ? t("notCounted") : undefined}>
      –
    </span>
  );
}

function useAddress() {
  const { access_id } = useApplication();
  return (row: PushRow) => `/apps/${access_id}/pushes/${row.push_id}`;
}

function MessageCell({ row }: { row: PushRow }) {
  const { t } = useTranslation("pushes");
  const title = row.title || t(row.message_type === "message" ? "type.message" : "noTitle");
  return (
    <div className={styles.message}>
      <Link to={useAddress()(row)} className={styles.title} title={title}>
        {title}
      </Link>
      <span className={styles.line} title={row.content}>
        {row.content}
      </span>
    </div>
  );
}

function TargetCell({ row }: { row: PushRow }) {
  const { audience } = usePushWords();
  return <Lines first={audience(row.audience_type)} second={row.package_name} />;
}

function PlanCell({ row }: { row: PushRow }) {
  const { t } = useTranslation("pushes");
  return (
    <Lines first={row.plan_id ? row.plan_name || row.plan_id : <span className="quiet">{t("defaultPlan")}</span>} />
  );
}

function Lines({ first, second }: { first: ReactNode; second?: string }) {
  return (
    <div className={styles.message}>
      <span>{first}</span>
      {second && (
        <span className={styles.line} title={second}>
          {second}
        </span>
      )}
    </div>
  );
}

function StatusCell({ row }: { row: PushRow }) {
  return (
    <div className={styles.message}>
      <StateTag state={row.state} />
      {meaning(row.state).deeds.includes("cancel") && <CancelLink row={row} />}
    </div>
  );
}

function Card({ row }: { row: PushRow }) {
  const { t } = useTranslation("pushes");
  return (
    <li className={styles.card}>
      <div className={styles.cardHead}>
        <MessageCell row={row} />
        <StatusCell row={row} />
      </div>
      <p className={styles.line}>
        {row.push_id} · <Time at={row.started_at ?? row.due} />
      </p>
      <TargetCell row={row} />
      <dl className={styles.figures}>
        {(Object.keys(FIGURES) as Figure[]).map((name) => (
          <div key={name}>
            <dt>{t(`column.${name}`)}</dt>
            <dd>
              <FigureOf row={row} name={name} />
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
