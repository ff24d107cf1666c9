import { Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Pages } from "../api/usePages";

/** Newer and older, below a list of `usePages`; nothing where all fits on one page. */
export function Pager<Row>({ pages }: { pages: Pages<Row> }) {
  const { t } = useTranslation("shell");
  if (!pages.goNewer && !pages.goOlder) return null;
  return (
    <nav className="pager" aria-label={t("pager.label")}>
      <Button disabled={!pages.goNewer} onClick={pages.goNewer}>
        {t("pager.newer")}
      </Button>
      <span aria-current="page">{t("pager.page", { page: pages.page })}</span>
      <Button disabled={!pages.goOlder} onClick={pages.goOlder}>
        {t("pager.older")}
      </Button>
    </nav>
  );
}
