import { useTranslation } from "react-i18next";
import styles from "./devices.module.css";
import type { Reach } from "./queries";
import type { Tone } from "./Verdict";

export const TONES: Record<Reach, Tone> = {
  reachable: "good",
  opted_out: "warn",
  absent: "bad",
  unregistered: "bad",
  uninstalled: "bad",
};

/** Would a notification get to the device now? */
export function ReachTag({ reach }: { reach: Reach }) {
  const { t } = useTranslation("devices");
  return (
    <span className={styles.reach} data-tone={TONES[reach]}>
      {t(`reach.${reach}`)}
    </span>
  );
}
