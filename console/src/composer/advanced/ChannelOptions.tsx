import { useTranslation } from "react-i18next";
import { useChannelName } from "../../channels/useChannelName";
import { useNumbers } from "../../words/Count";
import { ChannelForecast } from "../ChannelForecast";
import { Choices } from "../Choices";
import { CHANNELS, type Channel } from "../form";
import { reachOf } from "../useAudience";
import { useComposer } from "../useComposer";
import own from "./advanced.module.css";
import { Toggle } from "./Toggle";

export function ChannelOptions() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  const { channelPolicy, onlineFirst } = form.delivery;
  return (
    <>
      <Choices
        label={t("delivery.policy")}
        value={channelPolicy}
        onChange={(channelPolicy) => change("delivery", { channelPolicy })}
        choices={[
          { value: "smart", label: t("delivery.smart"), help: t("delivery.smartHelp") },
          { value: "custom", label: t("delivery.custom"), help: t("delivery.customHelp") },
        ]}
      />
      {channelPolicy === "custom" && <Switches />}
      <Toggle
        label={t("delivery.onlineFirst")}
        help={t("delivery.onlineFirstHelp")}
        checked={onlineFirst}
        onChange={(onlineFirst) => change("delivery", { onlineFirst })}
      />
      <ChannelForecast titled />
    </>
  );
}

/** Each channel with the devices it has in the audience as it stands. */
function Switches() {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const nameOf = useChannelName();
  const { form, change, platform, audience } = useComposer();
  const { channelsOff } = form.delivery;
  const result = audience.data?.result;
  const counts = result ? reachOf(result, form.target.everyDevice).channels : {};

  function turn(channel: Channel, on: boolean) {
    const others = channelsOff.filter((one) => one !== channel);
    change("delivery", { channelsOff: on ? others : [...others, channel] });
  }

  return (
    <div className={own.switches}>
      {CHANNELS[platform].map((channel) => (
        <Toggle
          key={channel}
          label={nameOf(channel)}
          help={
            counts[channel]
              ? `${numbers.count(counts[channel])} ${t("audience.devices", { count: counts[channel] })}`
              : undefined
          }
          checked={!channelsOff.includes(channel)}
          onChange={(on) => turn(channel, on)}
        />
      ))}
    </div>
  );
}
