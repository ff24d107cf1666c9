import { useTranslation } from "react-i18next";
import { PageHeader } from "../shell/PageHeader";

export default function MembersPage() {
  const { t } = useTranslation(["members", "shell"]);
  return <PageHeader title={t("title")} help={t("shell:placeholder")} />;
}
