import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../shell/useLanguage";
import { useTimes } from "../words/Time";
import type { Entry } from "./log";
import styles from "./phone.module.css";

/** More are shown when asked for. */
const SHOWN = 10;

/** What phone and server have told each other, newest first. */
export function Log({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation("phone");
  const { locale } = useLanguage();
  const { timezone } = useTimes();
  const [all, setAll] = useState(false);
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "medium", timeZone: timezone, hourCycle: "h23" });
  return (
    <section className="panel">
      <h2 id="phone-log">{t("logTitle")}</h2>
      <ol className={styles.log} aria-labelledby="phone-log">
        {entries.slice(0, all ? undefined : SHOWN).map((entry, position) => (
          <li key={entries.length - position}>
            <time className="numbers quiet">{time.format(entry.at)}</time>
            <span>{t(`log.${entry.what}`, entry.values)}</span>
          </li>
        ))}
      </ol>
      {!all && entries.length > SHOWN && (
        <Button type="link" onClick={() => setAll(true)}>
          {t("logAll", { count: entries.length })}
        </Button>
      )}
      {!entries.length && <p className="quiet">{t("logEmpty")}</p>}
    </section>
  );
}
