import { PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ClockInput, DayInput } from "../../pickers/inputs";
import { useLanguage } from "../../shell/useLanguage";
import { Choices } from "../Choices";
import styles from "../composer.module.css";
import { FaultOf, Field } from "../Field";
import { weekDayName } from "../schedule";
import { useComposer } from "../useComposer";
import own from "./schedule.module.css";
import { useLoopWords } from "./useLoopWords";

const WEEK = [1, 2, 3, 4, 5, 6, 0];
const MONTH = Array.from({ length: 31 }, (_, day) => day + 1);

export function LoopFields({ now }: { now: string }) {
  const { t } = useTranslation("composer");
  const { locale } = useLanguage();
  const { form, change, timezone } = useComposer();
  const { time } = form;
  const words = useLoopWords()(time, now);
  return (
    <div className={styles.inset}>
      <Choices
        compact
        label={t("time.rhythm")}
        value={time.rhythm}
        onChange={(rhythm) => change("time", { rhythm })}
        choices={(["daily", "weekly", "monthly"] as const).map((value) => ({ value, label: t(`time.${value}`) }))}
      />
      {time.rhythm === "weekly" && (
        <Checkbox.Group
          aria-label={t("time.weekDays")}
          value={time.weekDays}
          onChange={(weekDays) => change("time", { weekDays })}
          options={WEEK.map((day) => ({ value: day, label: weekDayName(day, locale) }))}
        />
      )}
      {time.rhythm === "monthly" && (
        <Checkbox.Group
          className={styles.monthDays}
          aria-label={t("time.monthDays")}
          value={time.monthDays}
          onChange={(monthDays) => change("time", { monthDays })}
          options={MONTH.map((day) => ({ value: day, label: day }))}
        />
      )}
      <div className={styles.columns}>
        <Field label={t("time.from")}>
          {(control) => (
            <DayInput
              {...control}
              timezone={timezone}
              min={now.slice(0, 10)}
              value={time.start}
              onChange={(start) => change("time", { start })}
            />
          )}
        </Field>
        <Field label={t("time.to")}>
          {(control) => (
            <DayInput
              {...control}
              timezone={timezone}
              min={now.slice(0, 10)}
              value={time.end}
              onChange={(end) => change("time", { end })}
            />
          )}
        </Field>
      </div>
      <Times />
      <FaultOf name="loop" />
      {words && (
        <p className={styles.said} role="status">
          {words}
        </p>
      )}
    </div>
  );
}

/** The times of each day. */
function Times() {
  const { t } = useTranslation("composer");
  const { form, change, timezone } = useComposer();
  const [wanted, setWanted] = useState("18:00");
  const { times } = form.time;
  const add = () => change("time", { times: [...new Set([...times, `${wanted}:00`])].sort() });
  return (
    <Field label={t("time.times")}>
      {(control) => (
        <div className={styles.tagRow}>
          {times.map((time) => (
            <Tag key={time} closable onClose={() => change("time", { times: times.filter((other) => other !== time) })}>
              {time.slice(0, 5)}
            </Tag>
          ))}
          <div className={own.clock}>
            <ClockInput {...control} timezone={timezone} value={wanted} onChange={setWanted} />
          </div>
          <Button icon={<PlusOutlined />} disabled={!wanted} onClick={add}>
            {t("time.addTime")}
          </Button>
        </div>
      )}
    </Field>
  );
}
