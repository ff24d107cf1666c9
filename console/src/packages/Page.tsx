import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { answer, api } from "../api/client";
import { may, useApplication } from "../api/products";
import { keys } from "../api/queries";
import { usePages } from "../api/usePages";
import { PackageDrop } from "../composer/target/PackageDrop";
import { EmptyState } from "../shell/EmptyState";
import { Trouble } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { Pager } from "../shell/Pager";
import { PackageTable } from "./PackageTable";
import styles from "./packages.module.css";

const PAGE = 25;
const REFETCH_MS = 15_000;

export default function PackagesPage() {
  const { t } = useTranslation("packages");
  const { role } = useApplication();
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} />
      {may(role, "operator") && <Upload />}
      <Packages />
    </>
  );
}

/** What was uploaded leads to its verdict. */
function Upload() {
  const { t } = useTranslation("packages");
  const { access_id } = useApplication();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <section className={styles.upload} aria-label={t("upload")}>
      <PackageDrop
        tokens={false}
        onUploaded={({ package_id }) => {
          void client.invalidateQueries({ queryKey: keys.of(access_id, "packages", "list") });
          navigate(`/apps/${access_id}/packages/${package_id}`);
        }}
      />
    </section>
  );
}

function Packages() {
  const { access_id } = useApplication();
  const pages = usePages({
    queryKey: keys.of(access_id, "packages", "list"),
    fetchRows: (before, limit, signal) =>
      answer(
        api.GET("/apps/{access_id}/packages", {
          params: { path: { access_id }, query: { before: before as number | undefined, limit } },
          signal,
        }),
      ),
    cursorOf: (row) => row.package_id,
    pageSize: PAGE,
    refetchInterval: REFETCH_MS,
  });
  if (pages.query.isError && !pages.rows.length)
    return <Trouble error={pages.query.error} onRetry={() => pages.query.refetch()} />;
  if (pages.query.isSuccess && !pages.rows.length && pages.page === 1) return <Nothing />;
  return (
    <>
      <PackageTable rows={pages.rows} busy={pages.query.isPending || pages.query.isPlaceholderData} />
      <Pager pages={pages} />
    </>
  );
}

function Nothing() {
  const { t } = useTranslation("packages");
  const { role } = useApplication();
  return (
    <EmptyState title={t("empty.title")}>
      <p>{t("empty.text")}</p>
      <p>{t(may(role, "operator") ? "empty.api" : "empty.viewer")}</p>
    </EmptyState>
  );
}
