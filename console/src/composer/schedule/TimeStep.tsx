import { useTranslation } from "react-i18next";
import { ClockInput, DayInput, usePickersSoon } from "../../pickers/inputs";
import { useLanguage } from "../../shell/useLanguage";
import { Choices } from "../Choices";
import { Field } from "../Field";
import { Step } from "../Step";
import { DAYS_AHEAD, later, wallClock, wallTime } from "../schedule";
import { useComposer } from "../useComposer";
import { LoopFields } from "./LoopFields";
import own from "./schedule.module.css";

export function TimeStep() {
  const { t } = useTranslation("composer");
  const { locale } = useLanguage();
  const { form, change, timezone } = useComposer();
  const { kind, at } = form.time;
  const now = wallClock(new Date(), timezone);
  usePickersSoon();

  function choose(kind: typeof form.time.kind) {
    const hour = later(now, { minutes: 60 }).slice(0, 14);
    const [today, week] = [now.slice(0, 10), later(now, { days: 7 }).slice(0, 10)];
    const { start, end } = form.time;
    change("time", { kind, at: at || `${hour}00:00`, start: start || today, end: end || week });
  }

  return (
    <Step number={3} title={t("time.title")} help={t("time.help", { zone: timezone, now: wallTime(now, locale) })}>
      <Choices
        label={t("time.title")}
        value={kind}
        onChange={choose}
        choices={[
          { value: "now", label: t("time.now"), help: t("time.nowHelp") },
          { value: "at", label: t("time.at"), help: t("time.atHelp") },
          { value: "loop", label: t("time.loop"), help: t("time.loopHelp") },
        ]}
      />
      {kind === "at" && (
        <Field
          name="at"
          label={t("time.sendAt")}
          help={at && t("time.said", { at: wallTime(at, locale), zone: timezone })}
        >
          {(control) => (
            <div className={own.moment}>
              <DayInput
                {...control}
                timezone={timezone}
                min={now.slice(0, 10)}
                max={later(now, { days: DAYS_AHEAD }).slice(0, 10)}
                value={at.slice(0, 10)}
                onChange={(day) => change("time", { at: day && `${day} ${at.slice(11) || "09:00:00"}` })}
              />
              <ClockInput
                status={control.status}
                aria-label={t("time.clock")}
                aria-describedby={control["aria-describedby"]}
                timezone={timezone}
                value={at.slice(11, 16)}
                onChange={(clock) =>
                  change("time", { at: clock && `${at.slice(0, 10) || now.slice(0, 10)} ${clock}:00` })
                }
              />
            </div>
          )}
        </Field>
      )}
      {kind === "loop" && <LoopFields now={now} />}
    </Step>
  );
}
