import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function PushesPage() {
  const { t } = useTranslation(["pushes", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
