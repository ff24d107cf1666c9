import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { may, useApplication } from "../api/products";
import { PageHeader } from "../shell/PageHeader";
import { TaskList } from "./TaskList";

export default function PushesPage() {
  const { t } = useTranslation("pushes");
  const { access_id, role } = useApplication();
  const navigate = useNavigate();
  const create = (
    <Button type="primary" onClick={() => navigate(`/apps/${access_id}/pushes/new`)}>
      {t("create")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} actions={may(role, "operator") && create} />
      <TaskList />
    </>
  );
}
