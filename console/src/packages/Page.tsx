import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function PackagesPage() {
  const { t } = useTranslation(["packages", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
