import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function TagsPage() {
  const { t } = useTranslation(["tags", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
