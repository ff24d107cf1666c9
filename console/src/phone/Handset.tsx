import { Button } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../shell/useLanguage";
import { useTimes } from "../words/Time";
import { NoticeStack } from "./NoticeStack";
import { stacks } from "./notices";
import type { Phone, PhoneState } from "./phone";
import styles from "./phone.module.css";

interface Props {
  phone: Phone;
  state: PhoneState;
  platform: string;
  /** Of the application. */
  name: string;
}

/** The phone itself: a lock screen with what has arrived, or what a tap has opened. */
export function Handset({ phone, state, platform, name }: Props) {
  const { t } = useTranslation("phone");
  return (
    <section className={styles.handset} data-platform={platform} data-on={state.on} aria-label={t("screen.label")}>
      <div className={styles.screen}>
        <StatusBar state={state} />
        {state.opened ? (
          <Opened phone={phone} state={state} name={name} />
        ) : (
          <LockScreen phone={phone} state={state} name={name} />
        )}
      </div>
    </section>
  );
}

function StatusBar({ state }: { state: PhoneState }) {
  const { t } = useTranslation("phone");
  const words = !state.on
    ? t("screen.off")
    : state.connected
      ? t("screen.online")
      : state.online
        ? t("screen.connecting")
        : t("screen.offline");
  return (
    <div className={styles.status} role="status" data-connected={state.connected}>
      <span className={styles.dot} aria-hidden />
      {words}
    </div>
  );
}

function LockScreen({ phone, state, name }: Omit<Props, "platform">) {
  const { t } = useTranslation("phone");
  return (
    <>
      <Clock />
      {state.on && !state.notices.length && (
        <p className={styles.waiting}>{state.allowed ? t("screen.waiting") : t("screen.notAllowed")}</p>
      )}
      <ul className={styles.notices} aria-label={t("screen.notices")} aria-live="polite">
        {stacks(state.notices).map((stack) => (
          <NoticeStack key={stack[0]?.group || stack[0]?.pushId} stack={stack} phone={phone} name={name} />
        ))}
      </ul>
    </>
  );
}

function Clock() {
  const { locale } = useLanguage();
  const { timezone } = useTimes();
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 5000);
    return () => clearInterval(timer);
  }, []);
  const written = (style: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...style, timeZone: timezone, hourCycle: "h23" }).format(now);
  return (
    <div className={styles.clock} aria-hidden>
      <span>{written({ hour: "2-digit", minute: "2-digit" })}</span>
      {written({ weekday: "long", day: "numeric", month: "long" })}
    </div>
  );
}

function Opened({ phone, state, name }: Omit<Props, "platform">) {
  const { t } = useTranslation("phone");
  const opened = state.opened;
  if (!opened) return null;
  return (
    <div className={styles.opened}>
      <strong>{name}</strong>
      {opened.kind === "app" ? <p>{t("opened.app")}</p> : <p>{t(`opened.${opened.kind}`)}</p>}
      {opened.kind === "browser" && (
        <a href={opened.to} target="_blank" rel="noreferrer" className="mono">
          {opened.to}
        </a>
      )}
      {(opened.kind === "activity" || opened.kind === "intent") && <p className="mono">{opened.to}</p>}
      <Button onClick={() => phone.goHome()} autoFocus>
        {t("opened.back")}
      </Button>
    </div>
  );
}
