import { useTranslation } from "react-i18next";
import { useChannelName } from "../../channels/useChannelName";
import { useNumbers } from "../../words/Count";
import styles from "../composer.module.css";
import type { Reach } from "../useAudience";
import own from "./target.module.css";

const FILTERS = ["opted_out", "excluded", "no_channel", "capped"] as const;

/** How many devices, over which channels, and who was taken away. */
export function ReachFigures({ reach }: { reach: Reach }) {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const nameOf = useChannelName();
  const channels = Object.entries(reach.channels)
    .filter(([, count]) => count)
    .sort((a, b) => b[1] - a[1]);
  const filtered = FILTERS.filter((reason) => reach.filtered[reason]);
  return (
    <div className={own.reach}>
      <p className={own.reachTotal}>
        <strong className="numbers">{numbers.count(reach.planned)}</strong>{" "}
        {t("audience.devices", { count: reach.planned })}
      </p>
      <ul className={own.channels}>
        {channels.map(([channel, count]) => (
          <li key={channel}>
            <span>{nameOf(channel)}</span>
            <span className={own.channelBar} aria-hidden="true">
              <span style={{ width: `${(count / (reach.planned || 1)) * 100}%` }} />
            </span>
            <span className="numbers">{numbers.count(count)}</span>
          </li>
        ))}
      </ul>
      {filtered.length > 0 && (
        <p className={`quiet ${styles.small}`}>
          {t("audience.without")}{" "}
          {filtered
            .map((reason) => t(`audience.${reason}`, { shown: numbers.count(reach.filtered[reason] ?? 0) }))
            .join(", ")}
        </p>
      )}
    </div>
  );
}
