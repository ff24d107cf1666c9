import { Skeleton } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useApplication } from "../api/products";
import { BackLink } from "../shell/BackLink";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { Connection } from "./Connection";
import { type Device, useDevice } from "./queries";
import { TONES } from "./ReachTag";
import { Verdict } from "./Verdict";

const Facts = lazy(() => import("./Facts"));
const TodaysPushes = lazy(() => import("./TodaysPushes"));

/** Everything known of one device. */
export default function DevicePage() {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const { token = "" } = useParams();
  const query = useDevice(access_id, token);
  return (
    <>
      <BackLink to={`/apps/${access_id}/troubleshooting`}>{t("title")}</BackLink>
      <PageHeader title={t("deviceTitle")} help={<span className="mono">{token}</span>} />
      <Loaded query={query}>
        {(device) => (
          <>
            <DeviceVerdict device={device} />
            <Suspense fallback={<Skeleton active />}>
              <Facts device={device} />
              <TodaysPushes token={device.token} />
            </Suspense>
          </>
        )}
      </Loaded>
    </>
  );
}

function DeviceVerdict({ device }: { device: Device }) {
  const { t } = useTranslation("devices");
  const { reach, claimed } = device;
  const imported = !claimed && reach === "reachable";
  return (
    <Verdict
      tone={imported ? "warn" : TONES[reach]}
      title={t(imported ? "verdict.imported" : `verdict.${reach}`)}
      what={t(imported ? "verdict.importedWhat" : `verdict.${reach}What`)}
    >
      <p>
        <Connection token={device.token} />
      </p>
    </Verdict>
  );
}
