import { Skeleton } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { EMPTY } from "../form";
import { Step } from "../Step";
import { useComposer } from "../useComposer";
import { ChannelOptions } from "./ChannelOptions";
import { ClickOptions } from "./ClickOptions";
import { DeliveryOptions } from "./DeliveryOptions";
import { Group } from "./Group";
import { LookOptions } from "./LookOptions";
import { MoreOptions } from "./MoreOptions";

const VendorOptions = lazy(() => import("./VendorOptions"));

const LOOK = ["ring", "sound", "vibrate", "lights", "showInForeground", "androidChannel", "badge", "threadId"] as const;

export function AdvancedStep() {
  const { t } = useTranslation("composer");
  const { form, platform } = useComposer();
  return (
    <Step number={5} title={t("advanced.title")} help={t("advanced.help")}>
      <div>
        <Group name="delivery" holds={[["delivery", ["speed", "expireHours", "acceptFrom", "acceptTo"]]]}>
          <DeliveryOptions />
        </Group>
        <Group name="channels" holds={[["delivery", ["channelPolicy", "channelsOff", "onlineFirst"]]]}>
          <ChannelOptions />
        </Group>
        <Group
          name="click"
          holds={[
            ["click", ["kind"]],
            ["look", ["extras", "extraJson"]],
          ]}
        >
          <ClickOptions />
        </Group>
        {form.message.type === "notify" && (
          <Group
            name="look"
            holds={[
              ["look", [...LOOK, "threadSummary", "interruption"]],
              ["message", ["audio"]],
            ]}
          >
            <LookOptions />
          </Group>
        )}
        {platform === "android" && form.message.type === "notify" && (
          <Group name="vendors" holds={[["vendor", Object.keys(EMPTY.vendor)]]} onDemand>
            <Suspense fallback={<Skeleton active />}>
              <VendorOptions />
            </Suspense>
          </Group>
        )}
        <Group name="more" holds={[["delivery", ["collapseId", "multiPackage", "showInApp", "environment"]]]}>
          <MoreOptions />
        </Group>
      </div>
    </Step>
  );
}
