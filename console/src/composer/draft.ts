/** The form on the server between visits. A draft of another shape is read as far as it goes. */
import { EMPTY, type Form, type Part } from "./form";

const VERSION = 1;

export function draftOf(form: Form): Record<string, unknown> {
  return { version: VERSION, form };
}

/** Null: there is none that this page can read. */
export function formOf(draft: Record<string, unknown> | null | undefined): Form | null {
  if (!draft || draft.version !== VERSION || !draft.form || typeof draft.form !== "object") return null;
  const saved = draft.form as Partial<Record<Part, object>>;
  const parts = Object.entries(EMPTY).map(([part, empty]) => [part, { ...empty, ...saved[part as Part] }]);
  return Object.fromEntries(parts) as Form;
}
