import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { may, useApplication } from "../api/products";
import { Funnel } from "../pushes/Funnel";
import { DEFAULT_PLAN } from "../pushes/filters";
import { TaskList } from "../pushes/TaskList";
import { BackLink } from "../shell/BackLink";
import { Loaded } from "../shell/Loaded";
import { NotFound } from "../shell/NotFound";
import { PageHeader } from "../shell/PageHeader";
import { DeletePlan } from "./DeletePlan";
import { PlanForm } from "./PlanForm";
import styles from "./plans.module.css";
import { DAYS, type Plan, usePlanFunnel, usePlans } from "./queries";

/** One plan: what came of its pushes lately, and its task list. A deleted one still has its pushes. */
export default function PlanPage() {
  const { planId = "" } = useParams();
  const plans = usePlans();
  if (!/^[0-9]{1,19}$/.test(planId)) return <NotFound />;
  return (
    <Loaded query={plans}>
      {(found) => (
        <Details planId={planId === DEFAULT_PLAN ? "" : planId} plan={found.find((plan) => plan.plan_id === planId)} />
      )}
    </Loaded>
  );
}

function Details({ planId, plan }: { planId: string; plan: Plan | undefined }) {
  const { t } = useTranslation("plans");
  const { access_id } = useApplication();
  return (
    <>
      <BackLink to={`/apps/${access_id}/plans`}>{t("back")}</BackLink>
      <PageHeader
        title={plan?.name ?? (planId ? t("planId", { id: planId }) : t("defaultName"))}
        help={plan?.description ?? (planId ? undefined : t("defaultDescription"))}
        actions={plan && <Actions plan={plan} />}
      />
      <LastDays planId={planId} />
      <h2 className={styles.heading}>{t("tasks")}</h2>
      <TaskList ofPlan={planId} />
    </>
  );
}

function Actions({ plan }: { plan: Plan }) {
  const { t } = useTranslation("plans");
  const { access_id, role } = useApplication();
  const navigate = useNavigate();
  const [editing, setEditing] = useState(false);
  if (!may(role, "operator")) return null;
  return (
    <>
      <Button onClick={() => setEditing(true)}>{t("edit")}</Button>
      <DeletePlan plan={plan} onDone={() => navigate(`/apps/${access_id}/plans`)} />
      {editing && <PlanForm plan={plan} onDone={() => setEditing(false)} />}
    </>
  );
}

function LastDays({ planId }: { planId: string }) {
  const { t } = useTranslation("plans");
  const funnel = usePlanFunnel(planId);
  return (
    <Loaded query={funnel}>
      {({ total }) =>
        total.planned ? (
          <Funnel total={total} title={t("funnel", { days: DAYS })} />
        ) : (
          <p className="quiet">{t("nothing", { days: DAYS })}</p>
        )
      }
    </Loaded>
  );
}
