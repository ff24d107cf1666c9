import { Input } from "antd";
import { lazy, Suspense, useEffect } from "react";

const pickers = () => import("./Pickers");
const DayPicker = lazy(() => pickers().then(({ DayPicker }) => ({ default: DayPicker })));
const ClockPicker = lazy(() => pickers().then(({ ClockPicker }) => ({ default: ClockPicker })));

export interface ControlProps {
  id?: string;
  status?: "error" | "";
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
  /** Whose today it is. */
  timezone: string;
  /** 2026-11-25 of a day, 09:30 of a time; empty: none. */
  value: string;
  onChange: (value: string) => void;
  allowClear?: boolean;
}

export interface DayProps extends Omit<ControlProps, "allowClear"> {
  min?: string;
  max?: string;
}

/** A finger knows its phone's own wheel; elsewhere the browser's would be in the browser's language, not the console's. */
const finger = window.matchMedia("(pointer: coarse)").matches;

/** So that they are there when they are wanted. */
export function usePickersSoon() {
  useEffect(() => {
    if (!finger) void pickers().catch(() => null);
  }, []);
}

/** A day of the calendar. */
export function DayInput(props: DayProps) {
  const { timezone: _, onChange, ...control } = props;
  if (finger) return <Input {...control} type="date" onChange={(event) => onChange(event.target.value)} />;
  return (
    <Suspense fallback={<Input value={props.value} disabled />}>
      <DayPicker {...props} />
    </Suspense>
  );
}

/** A time of the clock, to the minute. */
export function ClockInput(props: ControlProps) {
  const { timezone: _, allowClear, onChange, ...control } = props;
  if (finger) return <Input {...control} type="time" onChange={(event) => onChange(event.target.value)} />;
  return (
    <Suspense fallback={<Input value={props.value} disabled />}>
      <ClockPicker {...props} allowClear={allowClear ?? false} />
    </Suspense>
  );
}
