import { DownloadOutlined } from "@ant-design/icons";
import { Button, Segmented, Skeleton } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useApplication } from "../api/products";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { FirstSteps } from "./FirstSteps";
import { isEmpty } from "./figures";
import styles from "./overview.module.css";
import { type Overview, SPANS, type Span, useOverview } from "./queries";
import { StandingPanel } from "./StandingPanel";
import { useDownload } from "./useDownload";
import { Yesterday } from "./Yesterday";

const ChannelTroubles = lazy(() => import("../channels/ChannelTroubles"));
const Trends = lazy(() => import("./Trends"));
const Distribution = lazy(() => import("./Distribution"));

/** Where the application stands, and where it is going. */
export default function OverviewPage() {
  const { t } = useTranslation("overview");
  const { access_id } = useApplication();
  const [search, setSearch] = useSearchParams();
  const span = SPANS.find((days) => String(days) === search.get("days")) ?? 30;
  const query = useOverview(access_id, span);
  const download = useDownload();
  const days = query.data?.days ?? [];
  const empty = query.isSuccess && isEmpty(days, devicesOf(query.data));
  return (
    <>
      <PageHeader
        title={t("title")}
        help={t("help")}
        actions={
          !empty && (
            <>
              <Segmented<Span>
                aria-label={t("span.label")}
                value={span}
                onChange={(days) => setSearch(days === 30 ? {} : { days: String(days) }, { replace: true })}
                options={SPANS.map((days) => ({ value: days, label: t("span.days", { count: days }) }))}
              />
              <Button icon={<DownloadOutlined />} disabled={!query.data} onClick={() => download(days)}>
                {t("download")}
              </Button>
            </>
          )
        }
      />
      <Suspense>
        <ChannelTroubles />
      </Suspense>
      <Loaded query={query}>
        {(overview) =>
          empty ? (
            <FirstSteps />
          ) : (
            <div className={styles.sections}>
              <StandingPanel standing={overview.standing} />
              <Yesterday days={overview.days} />
              <Suspense fallback={<Skeleton active />}>
                <Trends days={overview.days} />
                <Distribution />
              </Suspense>
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function devicesOf({ standing }: Overview): number {
  return standing ? standing.available + standing.absent + standing.unregistered + standing.uninstalled : 0;
}
