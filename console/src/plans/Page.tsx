import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { may, useApplication } from "../api/products";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { type Column, RowTable } from "../tables/RowTable";
import { useNumbers } from "../words/Count";
import { DayAndTime } from "../words/Time";
import { DeletePlan } from "./DeletePlan";
import { PlanForm } from "./PlanForm";
import styles from "./plans.module.css";
import { DAYS, type Plan, type PlanTotals, usePlans, usePlanTotals } from "./queries";

/** A plan of the list; the default one has no row of its own. */
interface Row {
  plan: Plan | undefined;
  totals: PlanTotals | undefined;
}

export default function PlansPage() {
  const { t } = useTranslation("plans");
  const { role } = useApplication();
  const [edited, setEdited] = useState<Plan | "new">();
  const plans = usePlans();
  const totals = usePlanTotals().data;
  const create = (
    <Button type="primary" onClick={() => setEdited("new")}>
      {t("create")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("title")} help={t("help", { days: DAYS })} actions={may(role, "operator") && create} />
      <Loaded query={plans}>
        {(found) => (
          <>
            <Plans
              rows={[undefined, ...found].map((plan) => ({ plan, totals: totals?.get(plan?.plan_id ?? "") }))}
              onEdit={setEdited}
            />
            {!found.length && <p className="quiet">{t("empty")}</p>}
          </>
        )}
      </Loaded>
      {edited && <PlanForm plan={edited === "new" ? undefined : edited} onDone={() => setEdited(undefined)} />}
    </>
  );
}

function Plans({ rows, onEdit }: { rows: Row[]; onEdit: (plan: Plan) => void }) {
  const { t } = useTranslation("plans");
  const numbers = useNumbers();
  const { role } = useApplication();
  const figure = (key: keyof typeof FIGURES): Column<Row> => ({
    key,
    title: t(`column.${key}`),
    width: 92,
    numeric: true,
    render: ({ totals }) => numbers.count(totals?.[FIGURES[key]] ?? 0),
  });
  const columns: Column<Row>[] = [
    { key: "name", title: t("column.name"), render: ({ plan }) => <Name plan={plan} /> },
    ...(Object.keys(FIGURES) as (keyof typeof FIGURES)[]).map(figure),
    {
      key: "last",
      title: t("column.last"),
      width: 116,
      render: ({ totals }) =>
        totals ? <DayAndTime at={totals.last_at} /> : <span className="quiet">{t("never")}</span>,
    },
  ];
  if (may(role, "operator"))
    columns.push({
      key: "actions",
      title: <span className="sr-only">{t("column.actions")}</span>,
      width: 132,
      render: ({ plan }) => plan && <RowActions plan={plan} onEdit={onEdit} />,
    });
  return (
    <RowTable
      label={t("title")}
      columns={columns}
      rows={rows}
      keyOf={({ plan }) => plan?.plan_id ?? ""}
      minWidth={880}
    />
  );
}

const FIGURES = { pushes: "pushes", planned: "planned", sent: "sent", reached: "arrived", clicked: "clicked" } as const;

function Name({ plan }: { plan: Plan | undefined }) {
  const { t } = useTranslation("plans");
  const { access_id } = useApplication();
  return (
    <div className={styles.name}>
      <Link to={`/apps/${access_id}/plans/${plan?.plan_id ?? 0}`}>{plan?.name ?? t("defaultName")}</Link>
      <span className="quiet">{plan?.description ?? t("defaultDescription")}</span>
    </div>
  );
}

function RowActions({ plan, onEdit }: { plan: Plan; onEdit: (plan: Plan) => void }) {
  const { t } = useTranslation("plans");
  return (
    <div className={styles.actions}>
      <Button type="link" size="small" onClick={() => onEdit(plan)}>
        {t("edit")}
      </Button>
      <DeletePlan plan={plan} type="link" />
    </div>
  );
}
