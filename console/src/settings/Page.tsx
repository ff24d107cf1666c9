import { Grid, Skeleton, Tabs } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useApplicationDetail, useControls } from "../api/applications";
import { may, useApplication } from "../api/products";
import { useRates } from "../api/rates";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { Controls } from "./Controls";
import { General } from "./General";
import { Keys } from "./Keys";
import { Rates } from "./Rates";

const Channels = lazy(() => import("../channels/Channels"));

const TABS = ["general", "keys", "channels", "controls", "rates"] as const;

export default function SettingsPage() {
  const { t } = useTranslation("settings");
  const { access_id, role } = useApplication();
  const { md } = Grid.useBreakpoint();
  const [search, setSearch] = useSearchParams();
  const detail = useApplicationDetail(access_id);
  const controls = useControls(access_id);
  const rates = useRates(access_id);
  const content = {
    general: <Loaded query={detail}>{(found) => <General key={found.access_id} application={found} />}</Loaded>,
    keys: <Keys accessId={access_id} />,
    channels: (
      <Suspense fallback={<Skeleton active />}>
        <Channels />
      </Suspense>
    ),
    controls: <Loaded query={controls}>{(found) => <Controls controls={found} />}</Loaded>,
    rates: <Loaded query={rates}>{(found) => <Rates rates={found} />}</Loaded>,
  };
  const shown = TABS.filter((tab) => tab !== "keys" || may(role, "administrator"));
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} />
      <Tabs
        tabBarGutter={md ? 32 : 16} // on a phone they just fit
        activeKey={shown.find((tab) => tab === search.get("show")) ?? "general"}
        onChange={(show) => setSearch(show === "general" ? {} : { show }, { replace: true })}
        items={shown.map((tab) => ({ key: tab, label: t(`tabs.${tab}`), children: content[tab] }))}
      />
    </>
  );
}
