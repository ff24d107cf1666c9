import { Skeleton, Tabs } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { PageHeader } from "../shell/PageHeader";
import { Tags } from "./Tags";

const Attributes = lazy(() => import("./Attributes"));

export default function TagsPage() {
  const { t } = useTranslation("tags");
  const [search, setSearch] = useSearchParams();
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} />
      <Tabs
        activeKey={search.get("show") === "attributes" ? "attributes" : "tags"}
        onChange={(show) => setSearch(show === "tags" ? {} : { show }, { replace: true })}
        items={[
          { key: "tags", label: t("tags"), children: <Tags /> },
          {
            key: "attributes",
            label: t("attributes"),
            children: (
              <Suspense fallback={<Skeleton active />}>
                <Attributes />
              </Suspense>
            ),
          },
        ]}
      />
    </>
  );
}
