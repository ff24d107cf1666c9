import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function PhonePage() {
  const { t } = useTranslation(["phone", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
