import { useTranslation } from "react-i18next";
import type texts from "../locales/en/channels.json";

type Known = keyof (typeof texts)["name"];

/** "Huawei" for hw; a channel we have no word for is called as it comes. */
export function useChannelName(): (channel: string) => string {
  const { t, i18n } = useTranslation("channels");
  return (channel) => (i18n.exists(`channels:name.${channel}`) ? t(`name.${channel as Known}`) : channel);
}
