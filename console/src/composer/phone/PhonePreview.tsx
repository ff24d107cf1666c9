import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApplication } from "../../api/products";
import { useDark } from "../../shell/theme";
import type { Form, Platform } from "../form";
import { wallClock } from "../schedule";
import styles from "./phone.module.css";

interface Props {
  form: Form;
  platform: Platform;
  /** Without the buttons below it. */
  bare?: boolean;
  /** No taller than it has to be. */
  short?: boolean;
}

/** What the message will look like on a phone, as it is typed. */
export function PhonePreview({ form, platform, bare = false, short = false }: Props) {
  const { t } = useTranslation("composer");
  const [theme, setTheme] = useState<"light" | "dark">(useDark() ? "dark" : "light");
  const [expanded, setExpanded] = useState(true);
  const shown = form.message.type === "notify" || platform === "android";
  return (
    <figure className={styles.figure} aria-label={t("phone.label")}>
      <div className={styles.phone} data-theme={theme} data-platform={platform} data-bare={bare} data-short={short}>
        <StatusBar />
        {shown && form.message.type === "notify" && (
          <Notification form={form} platform={platform} expanded={expanded} />
        )}
        {shown && form.message.type === "message" && <p className={styles.nothing}>{t("phone.inApp")}</p>}
        {!shown && <p className={styles.nothing}>{t("phone.silent")}</p>}
      </div>
      {!bare && (
        <figcaption className={styles.controls}>
          <Segmented
            size="small"
            aria-label={t("phone.size")}
            value={expanded ? "expanded" : "collapsed"}
            onChange={(value) => setExpanded(value === "expanded")}
            options={[
              { value: "collapsed", label: t("phone.collapsed") },
              { value: "expanded", label: t("phone.expanded") },
            ]}
          />
          <Segmented
            size="small"
            aria-label={t("phone.theme")}
            value={theme}
            onChange={(value) => setTheme(value === "dark" ? "dark" : "light")}
            options={[
              { value: "light", label: t("phone.light") },
              { value: "dark", label: t("phone.dark") },
            ]}
          />
        </figcaption>
      )}
    </figure>
  );
}

function StatusBar() {
  const { timezone } = useApplication();
  const clock = wallClock(new Date(), timezone).slice(11, 16);
  return (
    <div className={styles.status} aria-hidden="true">
      <span>{clock}</span>
      <span className={styles.battery} />
    </div>
  );
}

function Notification({ form, platform, expanded }: Pick<Props, "form" | "platform"> & { expanded: boolean }) {
  const { t } = useTranslation("composer");
  const { name } = useApplication();
  const { title, subtitle, content, picture } = form.message;
  const image = /^https:\/\/\S+$/i.test(picture.trim()) ? picture.trim() : "";
  return (
    <article className={styles.notification} data-expanded={expanded}>
      <span className={styles.icon} aria-hidden="true">
        {[...name][0]?.toUpperCase()}
      </span>
      <div className={styles.words}>
        <p className={styles.from}>
          <span>{name}</span>
          <span>{t("phone.now")}</span>
        </p>
        <p className={styles.title} data-empty={!title}>
          <Text of={title || t("message.titleField")} />
        </p>
        {platform === "ios" && subtitle && (
          <p className={styles.subtitle}>
            <Text of={subtitle} />
          </p>
        )}
        <p className={styles.content} data-empty={!content}>
          <Text of={content || t("message.content")} />
        </p>
      </div>
      {image && <Picture key={image} address={image} expanded={expanded} />}
      {!image && picture && expanded && <p className={styles.noPicture}>{t("phone.noPicture")}</p>}
    </article>
  );
}

function Picture({ address, expanded }: { address: string; expanded: boolean }) {
  const { t } = useTranslation("composer");
  const [failed, setFailed] = useState(false);
  if (failed) return expanded ? <p className={styles.noPicture}>{t("phone.pictureFailed")}</p> : null;
  return (
    <img
      className={expanded ? styles.picture : styles.thumbnail}
      src={address}
      alt={t("phone.picture")}
      referrerPolicy="no-referrer"
      onError={() => setFailed(true)}
    />
  );
}

/** Attributes stand out: each device reads its own. */
function Text({ of }: { of: string }) {
  const pieces = of.split(/(\{\{[^{}]+\}\})/);
  return pieces.map((piece, index) =>
    index % 2 ? (
      <span key={index} className={styles.attribute}>
        {piece.slice(2, -2)}
      </span>
    ) : (
      piece
    ),
  );
}
