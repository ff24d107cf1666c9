/** Push settings as a form has them, switches beside values, and as the server has them, where what is off is not there. */
import type { PushControls } from "../api/applications";

export interface ControlValues {
  capped: boolean;
  notifications: number;
  deduplicate: boolean;
  limited: boolean;
  start: string;
  end: string;
}

export function valuesOf(controls: PushControls): ControlValues {
  return {
    capped: Boolean(controls.daily_cap),
    notifications: controls.daily_cap?.notifications ?? 3,
    deduplicate: controls.deduplicate,
    limited: Boolean(controls.allowed_hours),
    start: controls.allowed_hours?.start ?? "08:00",
    end: controls.allowed_hours?.end ?? "22:00",
  };
}

/** `before` keeps what the form does not show: which plans are capped. */
export function controlsOf(values: ControlValues, before: PushControls): PushControls {
  const { capped, notifications, deduplicate, limited, start, end } = values;
  return {
    daily_cap: capped ? { notifications: notifications ?? 3, plans: before.daily_cap?.plans ?? [] } : null,
    deduplicate,
    allowed_hours: limited ? { start, end } : null,
  };
}
