import { Input } from "antd";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../shell/useLanguage";
import { Choices } from "../Choices";
import { Field } from "../Field";
import { Step } from "../Step";
import { later, wallClock, wallTime } from "../schedule";
import { useComposer } from "../useComposer";
import { LoopFields } from "./LoopFields";

export function TimeStep() {
  const { t } = useTranslation("composer");
  const { locale } = useLanguage();
  const { form, change, timezone } = useComposer();
  const { kind, at } = form.time;
  const now = wallClock(new Date(), timezone);

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
        <Field name="at" label={t("time.sendAt")}>
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              style={{ maxWidth: 260 }}
              min={now.slice(0, 16).replace(" ", "T")}
              max={later(now, { days: 90 }).slice(0, 16).replace(" ", "T")}
              value={at.slice(0, 16).replace(" ", "T")}
              onChange={(event) => change("time", { at: wallOf(event.target.value) })}
            />
          )}
        </Field>
      )}
      {kind === "loop" && <LoopFields now={now} />}
    </Step>
  );
}

function wallOf(input: string): string {
  return input ? `${input.slice(0, 10)} ${input.slice(11, 16)}:00` : "";
}
