import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function TroubleshootingPage() {
  const { t } = useTranslation(["devices", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
