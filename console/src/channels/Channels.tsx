import { Button } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Loaded } from "../shell/Loaded";
import { type Column, RowTable } from "../tables/RowTable";
import { State } from "../tables/State";
import { useNumbers } from "../words/Count";
import { Time } from "../words/Time";
import styles from "./channels.module.css";
import { type Channel, useChannels } from "./queries";
import { TONES } from "./standing";
import { useChannelName } from "./useChannelName";
import { useStandingWords } from "./useStandingWords";

const ChannelDrawer = lazy(() => import("./ChannelDrawer"));

/** Every vendor's channel there is for the application, and how it stands; one is set up beside the list. */
export default function Channels() {
  const { t } = useTranslation("channels");
  const channels = useChannels();
  const [search, setSearch] = useSearchParams();
  const open = search.get("channel");

  function show(channel: string | null) {
    const next = new URLSearchParams(search);
    if (channel) next.set("channel", channel);
    else next.delete("channel");
    setSearch(next, { replace: true });
  }

  return (
    <>
      <p className={`quiet ${styles.intro}`}>{t("help")}</p>
      <Loaded query={channels}>{(found) => <List channels={found} onOpen={show} />}</Loaded>
      {open && (
        <Suspense>
          <ChannelDrawer key={open} channel={open} onClose={() => show(null)} />
        </Suspense>
      )}
    </>
  );
}

function List({ channels, onOpen }: { channels: Channel[]; onOpen: (channel: string) => void }) {
  const { t } = useTranslation("channels");
  const nameOf = useChannelName();
  const columns: Column<Channel>[] = [
    {
      key: "name",
      title: t("column.name"),
      width: 200,
      render: ({ channel, title }) => (
        <div className={styles.name}>
          <Button type="link" className={styles.open} onClick={() => onOpen(channel)}>
            {nameOf(channel)}
          </Button>
          {title !== nameOf(channel) && <span className="quiet">{title}</span>}
        </div>
      ),
    },
    { key: "state", title: t("column.state"), render: (channel) => <Standing channel={channel} /> },
    { key: "used", title: t("column.used"), width: 170, render: ({ used_today }) => <Used used={used_today} /> },
    {
      key: "checked",
      title: t("column.checked"),
      width: 190,
      render: ({ check }) => (check ? <Time at={check.at} /> : <span className="quiet">{t("never")}</span>),
    },
  ];
  return (
    <RowTable label={t("title")} columns={columns} rows={channels} keyOf={({ channel }) => channel} minWidth={720} />
  );
}

export function Standing({ channel }: { channel: Channel }) {
  const { standing, word, detail } = useStandingWords()(channel);
  return (
    <div className={styles.standing}>
      <State tone={TONES[standing.kind]}>{word}</State>
      {detail && <span className="quiet">{detail}</span>}
    </div>
  );
}

function Used({ used }: { used: Record<string, number> }) {
  const numbers = useNumbers();
  const { t } = useTranslation("channels");
  const classes = Object.entries(used);
  if (!classes.length) return <span className="quiet">–</span>;
  return (
    <ul className={styles.used}>
      {classes.map(([messageClass, devices]) => (
        <li key={messageClass} className="numbers">
          {t("usedClass", { devices: numbers.count(devices), messageClass })}
        </li>
      ))}
    </ul>
  );
}
