import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function AuditPage() {
  const { t } = useTranslation(["audit", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
