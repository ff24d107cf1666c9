import { Button, Tabs } from "antd";
import { useCallback } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import { may, useApplication } from "../api/products";
import { keys } from "../api/queries";
import { usePages } from "../api/usePages";
import { EmptyState } from "../shell/EmptyState";
import { Trouble } from "../shell/Loaded";
import { Pager } from "../shell/Pager";
import { addressOf, type Filters, filtersOf, isFiltered, queryOf, type Tab } from "./filters";
import { isUnderWay } from "./states";
import { TaskFilters } from "./TaskFilters";
import { TaskTable } from "./TaskTable";

const PAGE = 25;
const OFTEN_MS = 3_000;
const SELDOM_MS = 15_000;

interface Props {
  /** Only the pushes of this plan; empty: the default one. */
  ofPlan?: string;
}

/** The pushes of the application, or of one plan: two tabs, filters in the address, newest first. */
export function TaskList({ ofPlan }: Props) {
  const { t } = useTranslation("pushes");
  const [address, setAddress] = useSearchParams();
  const given = filtersOf(address);
  const filters = ofPlan === undefined ? given : { ...given, plan: ofPlan };
  const change = useCallback(
    (changed: Partial<Filters>) =>
      setAddress(
        (now) => addressOf({ ...filtersOf(now), ...changed, ...(ofPlan === undefined ? {} : { plan: undefined }) }),
        {
          replace: true,
        },
      ),
    [setAddress, ofPlan],
  );
  return (
    <>
      <Tabs
        activeKey={filters.tab}
        onChange={(tab) => change({ tab: tab as Tab })}
        items={[
          { key: "web", label: t("tab.web") },
          { key: "api", label: t("tab.api") },
        ]}
      />
      <TaskFilters filters={filters} ofPlan={ofPlan !== undefined} onChange={change} />
      <Tasks filters={filters} ofPlan={ofPlan !== undefined} onChange={change} />
    </>
  );
}

interface TasksProps {
  filters: Filters;
  ofPlan: boolean;
  onChange: (change: Partial<Filters>) => void;
}

function Tasks({ filters, ofPlan, onChange }: TasksProps) {
  const { access_id } = useApplication();
  const pages = usePages({
    queryKey: keys.of(access_id, "pushes", "list", queryOf(filters)),
    fetchRows: (before, limit, signal) =>
      answer(
        api.GET("/apps/{access_id}/pushes", {
          params: { path: { access_id }, query: { ...queryOf(filters), before: before as number | undefined, limit } },
          signal,
        }),
      ),
    cursorOf: (row) => row.push_id,
    pageSize: PAGE,
    refetchInterval: (rows) => (rows.some((row) => isUnderWay(row.state)) ? OFTEN_MS : SELDOM_MS),
  });
  if (pages.query.isError && !pages.rows.length)
    return <Trouble error={pages.query.error} onRetry={() => pages.query.refetch()} />;
  if (pages.query.isSuccess && !pages.rows.length && pages.page === 1)
    return <Nothing filters={filters} ofPlan={ofPlan} onChange={onChange} />;
  return (
    <>
      <TaskTable rows={pages.rows} loading={pages.query.isPending || pages.query.isPlaceholderData} ofPlan={ofPlan} />
      <Pager pages={pages} />
    </>
  );
}

function Nothing({ filters, ofPlan, onChange }: TasksProps) {
  const { t } = useTranslation("pushes");
  const { access_id, role } = useApplication();
  const other = filters.tab === "web" ? "api" : "web";
  if (isFiltered(filters) && (!ofPlan || isFiltered({ ...filters, plan: undefined })))
    return (
      <EmptyState
        title={t("empty.filtered.title")}
        action={<Button onClick={() => onChange({ tab: other })}>{t("empty.filtered.otherTab")}</Button>}
      >
        {t("empty.filtered.text")}
      </EmptyState>
    );
  const create = (
    <Link to={`/apps/${access_id}/pushes/new`}>
      <Button type="primary">{t("create")}</Button>
    </Link>
  );
  const mayCreate = may(role, "operator");
  return (
    <EmptyState title={t(`empty.${filters.tab}.title`)} action={filters.tab === "web" && mayCreate && create}>
      <p>{t(`empty.${filters.tab}.text`)}</p>
      {filters.tab === "web" && (
        <p>
          <Trans
            t={t}
            i18nKey="empty.programs"
            components={{ api: <Button type="link" className="in-text" onClick={() => onChange({ tab: other })} /> }}
          />
        </p>
      )}
      {mayCreate && (
        <p>
          <Trans t={t} i18nKey="empty.phone" components={{ phone: <Link to={`/apps/${access_id}/phone`} /> }} />
        </p>
      )}
      {!mayCreate && <p>{t("empty.viewer")}</p>}
    </EmptyState>
  );
}
