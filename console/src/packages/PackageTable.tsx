import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useApplication } from "../api/products";
import { type Column, RowTable } from "../tables/RowTable";
import { State } from "../tables/State";
import { useNumbers } from "../words/Count";
import { DayAndTime, useTimes } from "../words/Time";
import styles from "./packages.module.css";
import { isUsable, type Package } from "./queries";

export function PackageTable({ rows, busy }: { rows: Package[]; busy: boolean }) {
  const { t } = useTranslation("packages");
  return (
    <RowTable
      label={t("title")}
      columns={useColumns()}
      rows={rows}
      keyOf={(row) => row.package_id}
      busy={busy}
      minWidth={860}
    />
  );
}

const FIGURES = { lines: "lines", accounts: "accounts", duplicates: "duplicates", refused: "invalid" } as const;

function useColumns(): Column<Package>[] {
  const { t } = useTranslation("packages");
  const { access_id } = useApplication();
  const numbers = useNumbers();
  const times = useTimes();
  const figure = (name: keyof typeof FIGURES): Column<Package> => ({
    key: name,
    title: t(`column.${name}`),
    width: 92,
    numeric: true,
    render: (row) => (
      <span className={name === "refused" && row.invalid ? styles.bad : undefined}>
        {numbers.count(row[FIGURES[name]])}
      </span>
    ),
  });
  return [
    {
      key: "name",
      title: t("column.name"),
      render: (row) => (
        <div className={styles.file}>
          <Link to={`/apps/${access_id}/packages/${row.package_id}`}>{row.file_name}</Link>
          <span className="quiet">
            {t("packageTitle")} {row.package_id} · {numbers.bytes(row.file_bytes)}
          </span>
        </div>
      ),
    },
    ...(Object.keys(FIGURES) as (keyof typeof FIGURES)[]).map(figure),
    {
      key: "uploaded",
      title: t("column.uploaded"),
      width: 170,
      render: (row) => (
        <>
          <DayAndTime at={row.uploaded_at} />
          <Uploader of={row} />
        </>
      ),
    },
    { key: "expires", title: t("column.expires"), width: 104, render: (row) => expiry(row, times.day) },
    { key: "state", title: t("column.state"), width: 96, render: (row) => <PackageState of={row} /> },
  ];
}

function expiry(row: Package, day: (at: string) => string) {
  return row.state === "ready" ? day(row.expires_at) : <span className="quiet">–</span>;
}

/** by Ada, by a program; nothing where nobody knows. */
export function Uploader({ of }: { of: Package }) {
  const { t } = useTranslation("packages");
  if (of.source === "api") return <div className="quiet">{t("by.api")}</div>;
  return of.uploaded_by ? <div className="quiet">{t("by.someone", { name: of.uploaded_by })}</div> : null;
}

export function PackageState({ of }: { of: Package }) {
  const { t } = useTranslation("packages");
  if (of.state === "rejected") return <State tone="bad">{t("state.rejected")}</State>;
  return isUsable(of) ? (
    <State tone="good">{t("state.ready")}</State>
  ) : (
    <State tone="quiet">{t("state.expired")}</State>
  );
}
