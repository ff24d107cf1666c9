import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function DevicePage() {
  const { t } = useTranslation(["devices", "shell"]);
  return <PageHeader title={t("deviceTitle")} help={t("shell:placeholder")} />;
}
