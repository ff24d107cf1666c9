import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function SettingsPage() {
  const { t } = useTranslation(["settings", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
