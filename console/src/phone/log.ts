/** What a virtual phone and the server have told each other, in words a reader follows. */
import type texts from "../locales/en/phone.json";

export interface Entry {
  what: keyof (typeof texts)["log"];
  values: Record<string, string | number>;
  /** Milliseconds; by the browser's clock. */
  at: number;
}

const MOST = 200;

/** Newest first. */
export function logged(log: readonly Entry[], entry: Entry): Entry[] {
  return [entry, ...log].slice(0, MOST);
}
