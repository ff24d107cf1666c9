import { Skeleton, Tabs } from "antd";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { PageHeader } from "../shell/PageHeader";

const AccountQuery = lazy(() => import("./AccountQuery"));
const TokenQuery = lazy(() => import("./TokenQuery"));
const PushQuery = lazy(() => import("./PushQuery"));

/** The three questions of a complaint. What is asked stands in the address, so an answer can be sent to a colleague. */
export default function TroubleshootingPage() {
  const { t } = useTranslation("devices");
  const [search, setSearch] = useSearchParams();
  const asked = search.has("push") ? "push" : (search.get("by") ?? "account");
  const tab = (key: string, label: string, content: ReactNode) => ({
    key,
    label,
    children: <Suspense fallback={<Skeleton active />}>{content}</Suspense>,
  });
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} />
      <Tabs
        activeKey={asked}
        destroyOnHidden
        onChange={(by) => setSearch(by === "account" ? {} : { by }, { replace: true })}
        items={[
          tab("account", t("by.account"), <AccountQuery />),
          tab("token", t("by.token"), <TokenQuery />),
          tab("push", t("by.push"), <PushQuery />),
        ]}
      />
    </>
  );
}
