import { useTranslation } from "react-i18next";
import type texts from "../locales/en/devices.json";

type Known = keyof (typeof texts)["channels"];

/** A channel's name; one we have no word for stays as it came. */
export function useChannelName(): (name: string) => string {
  const { t, i18n } = useTranslation("devices");
  return (name) => (i18n.exists(`devices:channels.${name}`) ? t(`channels.${name as Known}`) : name);
}

export function Channel({ name }: { name: string }) {
  return useChannelName()(name);
}
