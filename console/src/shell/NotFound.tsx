import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { EmptyState } from "./EmptyState";
import { useTitle } from "./useTitle";

export function NotFound() {
  const { t } = useTranslation("shell");
  const navigate = useNavigate();
  useTitle(t("notFound.title"));
  const back = (
    <Button type="primary" onClick={() => navigate("/products")}>
      {t("notFound.back")}
    </Button>
  );
  return (
    <EmptyState level={1} title={t("notFound.title")} action={back}>
      {t("notFound.help")}
    </EmptyState>
  );
}
