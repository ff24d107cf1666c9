import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { DANGER } from "../shell/danger";
import { type Plan, useDeletePlan } from "./queries";

interface Props {
  plan: Plan;
  type?: "link" | "default";
  onDone?: () => void;
}

/** Deletes a plan, after asking. */
export function DeletePlan({ plan, type = "default", onDone }: Props) {
  const { t } = useTranslation("plans");
  const { modal, notification } = App.useApp();
  const remove = useDeletePlan();

  async function ask() {
    const sure = await modal.confirm({
      title: t("delete.title", { name: plan.name }),
      content: t("delete.text"),
      okText: t("delete.action"),
      ...DANGER,
      cancelText: t("delete.keep"),
    });
    // Not by the mutation's own callbacks: they don't come when the list has taken this button away.
    if (
      !sure ||
      !(await remove.mutateAsync(plan.plan_id).then(
        () => true,
        () => false,
      ))
    )
      return;
    notification.success({ title: t("delete.done", { name: plan.name }) });
    onDone?.();
  }

  return (
    <Button type={type} size={type === "link" ? "small" : "middle"} danger disabled={remove.isPending} onClick={ask}>
      {t("delete.action")}
    </Button>
  );
}
