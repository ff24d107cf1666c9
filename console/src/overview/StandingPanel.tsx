import { useTranslation } from "react-i18next";
import { useChannelName } from "../channels/useChannelName";
import { useNumbers } from "../words/Count";
import { useTimes } from "../words/Time";
import { Bars } from "./Bars";
import { Figure } from "./Figure";
import styles from "./overview.module.css";
import type { Standing } from "./queries";

/** Devices by what a push can do with them. */
export function StandingPanel({ standing }: { standing: Standing | null }) {
  const { t } = useTranslation("overview");
  return (
    <section className="panel" aria-labelledby="standing">
      <h2 id="standing" className={styles.heading}>
        {t("standing.title")}
      </h2>
      {standing ? <Counted standing={standing} /> : <p className="quiet">{t("standing.soon")}</p>}
    </section>
  );
}

function Counted({ standing }: { standing: Standing }) {
  const { t } = useTranslation("overview");
  const numbers = useNumbers();
  const times = useTimes();
  const channelName = useChannelName();
  const { available, opted_in, absent, unregistered, uninstalled, channels } = standing;
  const byChannel = Object.entries(channels).map(([name, devices]) => ({ name: channelName(name), devices }));
  return (
    <>
      <div className={styles.figures}>
        <Figure name={t("standing.available")} value={available} note={t("standing.availableNote")} />
        <Figure
          name={t("standing.optedIn")}
          value={opted_in}
          note={t("standing.optedInNote", { rate: numbers.share(opted_in, available) })}
        />
        <Figure name={t("standing.absent")} value={absent} note={t("standing.absentNote")} />
        <Figure
          name={t("standing.uninstalled")}
          value={uninstalled}
          note={t("standing.unregisteredNote", { count: unregistered, shown: numbers.count(unregistered) })}
        />
      </div>
      {byChannel.length > 0 && (
        <>
          <h3 className={styles.small}>{t("standing.channels")}</h3>
          <Bars label={t("standing.channels")} nameOf={t("channel")} rows={byChannel} whole={available} />
        </>
      )}
      <p className={`quiet ${styles.note}`}>{t("standing.countedAt", { at: times.dateTime(standing.counted_at) })}</p>
    </>
  );
}
