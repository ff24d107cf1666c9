import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function ComposerPage() {
  const { t } = useTranslation(["composer", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
