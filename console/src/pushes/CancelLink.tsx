import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import { DANGER } from "../shell/danger";
import type { PushRow } from "./queries";
import { useDeed } from "./useDeed";

/** Cancels a scheduled push from the list, after asking. */
export function CancelLink({ row }: { row: PushRow }) {
  const { t } = useTranslation("pushes");
  const { modal, notification } = App.useApp();
  const deed = useDeed(row.push_id);
  if (!may(useApplication().role, "operator")) return null;

  async function ask() {
    await modal.confirm({
      title: t("cancel.title"),
      content: t("cancel.text", { title: row.title || row.push_id }),
      okText: t("cancel.action"),
      ...DANGER,
      cancelText: t("cancel.keep"),
      onOk: async () => {
        if (await deed.mutateAsync("cancel").catch(() => undefined))
          notification.success({ title: t("cancel.done", { id: row.push_id }) });
      },
    });
  }

  return (
    <Button type="link" size="small" style={{ alignSelf: "start", padding: 0 }} onClick={ask}>
      {t("cancel.action")}
    </Button>
  );
}
