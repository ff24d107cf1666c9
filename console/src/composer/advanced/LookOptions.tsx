import { InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Choices } from "../Choices";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { useComposer } from "../useComposer";
import own from "./advanced.module.css";
import { TextOption } from "./TextOption";
import { Toggle } from "./Toggle";

const INTERRUPTIONS = ["passive", "active", "time-sensitive", "critical"] as const;

export function LookOptions() {
  const { t } = useTranslation("composer");
  const { form, change, platform } = useComposer();
  const { look, message } = form;
  const android = platform === "android";
  const toggle = (name: "ring" | "vibrate" | "lights" | "showInForeground", label: string) => (
    <Toggle label={label} checked={look[name]} onChange={(on) => change("look", { [name]: on })} />
  );
  return (
    <>
      <div className={own.switches}>
        {toggle("ring", t("look.ring"))}
        {android && toggle("vibrate", t("look.vibrate"))}
        {android && toggle("lights", t("look.lights"))}
        {toggle("showInForeground", t("look.foreground"))}
      </div>
      <Badge />
      <div className={styles.columns}>
        {android && (
          <TextOption
            label={t("look.channel")}
            help={t("look.channelHelp")}
            value={look.androidChannel}
            onChange={(androidChannel) => change("look", { androidChannel })}
          />
        )}
        <TextOption
          label={t("look.sound")}
          help={t(android ? "look.soundHelp" : "look.soundHelpIos")}
          value={look.sound}
          onChange={(sound) => change("look", { sound })}
        />
        <TextOption
          label={t("look.thread")}
          help={t("look.threadHelp")}
          value={look.threadId}
          onChange={(threadId) => change("look", { threadId })}
        />
        <TextOption
          label={t("look.threadSummary")}
          value={look.threadSummary}
          onChange={(threadSummary) => change("look", { threadSummary })}
        />
        {android ? (
          <TextOption
            type="url"
            label={t("look.audio")}
            placeholder="https://"
            value={message.audio}
            onChange={(audio) => change("message", { audio })}
          />
        ) : (
          <Field label={t("look.interruption")}>
            {(control) => (
              <Select
                {...control}
                style={{ width: "100%" }}
                value={look.interruption}
                options={INTERRUPTIONS.map((value) => ({ value, label: t(`look.${value}`) }))}
                onChange={(interruption) => change("look", { interruption })}
              />
            )}
          </Field>
        )}
      </div>
    </>
  );
}

function Badge() {
  const { t } = useTranslation("composer");
  const { form, change, platform } = useComposer();
  const { badge, badgeNumber } = form.look;
  return (
    <div>
      <p className={styles.groupLabel}>{t("look.badge")}</p>
      <div className={styles.tagRow}>
        <Choices
          compact
          label={t("look.badge")}
          value={badge}
          onChange={(badge) => change("look", { badge })}
          choices={(["keep", "add", "set"] as const).map((value) => ({ value, label: t(`look.${value}`) }))}
        />
        {badge === "set" && (
          <InputNumber
            aria-label={t("look.badgeNumber")}
            min={0}
            max={platform === "android" ? 99 : 9999}
            precision={0}
            value={badgeNumber}
            onChange={(badgeNumber) => change("look", { badgeNumber: badgeNumber ?? 0 })}
          />
        )}
      </div>
    </div>
  );
}
