import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function PushPage() {
  const { t } = useTranslation(["pushes", "shell"]);
  return <PageHeader title={t("pushTitle")} help={t("shell:placeholder")} />;
}
