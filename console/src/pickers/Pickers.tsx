/** Ant Design's pickers on our own calendar; fetched when they show (inputs.tsx). */
import generatePicker from "antd/es/date-picker/generatePicker";
import { useMemo } from "react";
import { calendarOf, clockOf, dateOf, dayOf } from "./calendar";
import type { ControlProps, DayProps } from "./inputs";

type Picker = ReturnType<typeof generatePicker<Date>>;
const made = new Map<string, Picker>();

/** Its today is the zone's. */
function pickerIn(timezone: string): Picker {
  const known = made.get(timezone) ?? generatePicker<Date>(calendarOf(timezone));
  made.set(timezone, known);
  return known;
}

export function DayPicker({ timezone, value, min, max, onChange, ...control }: DayProps) {
  const Picker = pickerIn(timezone);
  const date = useMemo(() => (value ? dateOf(value) : null), [value]); // another object would undo what is being typed
  return (
    <Picker
      {...control}
      allowClear={false}
      format="YYYY-MM-DD"
      placeholder="YYYY-MM-DD"
      showNow={false}
      style={{ width: "100%" }}
      value={date}
      disabledDate={(date) => Boolean((min && dayOf(date) < min) || (max && dayOf(date) > max))}
      onChange={(date) => onChange(date ? dayOf(date) : "")}
    />
  );
}

export function ClockPicker({ timezone, value, onChange, allowClear, ...control }: ControlProps) {
  const { TimePicker } = pickerIn(timezone);
  const time = useMemo(() => (value ? dateOf("", value) : null), [value]);
  return (
    <TimePicker
      {...control}
      allowClear={allowClear}
      format="HH:mm"
      placeholder="HH:mm"
      needConfirm={false}
      showNow={false}
      style={{ width: "100%" }}
      value={time}
      onChange={(date) => onChange(date ? clockOf(date) : "")}
    />
  );
}
