import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function PlansPage() {
  const { t } = useTranslation(["plans", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
