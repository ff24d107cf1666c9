import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useApplication } from "../api/products";
import styles from "./channels.module.css";
import { useChannels } from "./queries";
import { isPressing, TONES } from "./standing";
import { useChannelName } from "./useChannelName";
import { useStandingWords } from "./useStandingWords";

/** Channels that somebody has to look after: stopped, refused, a certificate that ends. Nothing where all is well. */
export default function ChannelTroubles() {
  const { t } = useTranslation("channels");
  const { access_id } = useApplication();
  const nameOf = useChannelName();
  const words = useStandingWords();
  const channels = useChannels().data ?? [];
  const troubles = channels
    .map((channel) => ({ channel: channel.channel, ...words(channel) }))
    .filter(({ standing }) => isPressing(standing));
  if (!troubles.length) return null;
  return (
    <div className={styles.troubles}>
      {troubles.map(({ channel, standing, word, detail }) => (
        <Alert
          key={channel}
          showIcon
          type={TONES[standing.kind] === "warn" ? "warning" : "error"}
          title={t("trouble", { channel: nameOf(channel), word })}
          description={detail}
          action={<Link to={`/apps/${access_id}/settings?show=channels&channel=${channel}`}>{t("troubleOpen")}</Link>}
        />
      ))}
    </div>
  );
}
