import type { TFunction } from "i18next";

const NAMED = ["xg", "hw", "honor", "xm", "oppo", "vivo", "mz", "fcm", "apns", "harmony"] as const;

/** "Huawei" for hw; a channel nobody has named yet is called as it comes. */
export function channelName(t: TFunction<"composer">, channel: string): string {
  const known = NAMED.find((name) => name === channel);
  return known ? t(`channels.${known}`) : channel;
}
