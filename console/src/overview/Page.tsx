import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function OverviewPage() {
  const { t } = useTranslation(["overview", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
