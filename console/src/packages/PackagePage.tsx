import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function PackagePage() {
  const { t } = useTranslation(["packages", "shell"]);
  return <PageHeader title={t("packageTitle")} help={t("shell:placeholder")} />;
}
