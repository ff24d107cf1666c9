import { Button, Result } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTitle } from "./useTitle";

export function NotFound() {
  const { t } = useTranslation("shell");
  useTitle(t("notFound.title"));
  return (
    <Result
      status="404"
      icon={null}
      title={<h1 className="page-title">{t("notFound.title")}</h1>}
      subTitle={t("notFound.help")}
      extra={
        <Link to="/products">
          <Button type="primary">{t("notFound.back")}</Button>
        </Link>
      }
    />
  );
}
