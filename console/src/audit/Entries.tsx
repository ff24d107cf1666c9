import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { AuditEntry } from "../api/members";
import { useProducts } from "../api/products";
import { EmptyState } from "../shell/EmptyState";
import { FactList } from "../tables/FactList";
import { type Column, RowTable } from "../tables/RowTable";
import { DayAndTime } from "../words/Time";
import styles from "./audit.module.css";
import { pageOf, useDeed } from "./deeds";

export function Entries({ entries, busy }: { entries: AuditEntry[]; busy: boolean }) {
  const { t } = useTranslation("audit");
  const columns: Column<AuditEntry>[] = [
    { key: "at", title: t("at"), width: 124, render: ({ at }) => <DayAndTime at={at} /> },
    { key: "actor", title: t("actor"), width: 140, render: ({ actor }) => actor },
    { key: "what", title: t("action"), render: (entry) => <What entry={entry} /> },
    { key: "application", title: t("application"), width: 200, render: (entry) => <Where entry={entry} /> },
    {
      key: "address",
      title: t("address"),
      width: 140,
      render: ({ address }) => <span className="mono">{address}</span>,
    },
  ];
  if (!entries.length) return <EmptyState title={t("empty")}>{t("emptyHelp")}</EmptyState>;
  return (
    <RowTable
      label={t("title")}
      columns={columns}
      rows={entries}
      keyOf={({ audit_id }) => audit_id}
      busy={busy}
      minWidth={760}
    />
  );
}

/** What an entry calls the thing that `object` has the number of. */
const NAMES = ["title", "file_name", "name"];

/** The deed, below it what it was done to, and what was said of it. */
function What({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("audit");
  const deed = useDeed();
  const page = pageOf(entry);
  const called = NAMES.map((name) => entry.detail[name]).find((name) => typeof name === "string");
  const thing = [entry.object, called].filter(Boolean).join(" · ");
  const told = Object.entries(entry.detail).filter(
    ([name, value]) => value !== null && value !== "" && !NAMES.includes(name),
  );
  return (
    <>
      {deed(entry.action)}
      {thing && <div className="quiet">{page ? <Link to={page}>{thing}</Link> : thing}</div>}
      {told.length > 0 && (
        <details className={styles.detail}>
          <summary className="quiet">{t("detail")}</summary>
          <FactList facts={told.map(([name, value]) => ({ name, value: written(value) }))} />
        </details>
      )}
    </>
  );
}

function written(value: unknown) {
  return typeof value === "string" ? value : <span className="mono">{JSON.stringify(value)}</span>;
}

function Where({ entry: { access_id: accessId } }: { entry: AuditEntry }) {
  const products = useProducts().data ?? [];
  if (!accessId) return null;
  const application = products.flatMap((product) => product.applications).find((one) => one.access_id === accessId);
  return (
    <>
      {application?.name}
      <div className="quiet mono">{accessId}</div>
    </>
  );
}
