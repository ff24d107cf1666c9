/** What a device keeps over restarts. Its JSON form is the same in every client of ours. */

/** Messages a device remembers having seen. Only its newest three are ever sent again. */
export const KEPT_IDS = 1000;
/** Events it keeps until they are acknowledged. */
export const KEPT_EVENTS = 1000;
const KEPT_COLLAPSE_IDS = 100;

export type Event = "shown" | "clicked" | "cleared";

/** An event as it is kept and reported; `at` is Unix seconds. */
export interface Receipt {
  push_id: string;
  event: Event;
  at: number;
}

interface Shown {
  collapse_id: string;
  seq: number;
  push_id: string;
}

interface Kept {
  token: string;
  device_secret: string;
  seen: string[];
  unacknowledged: Receipt[];
  shown: Shown[];
}

/** Every collection is bounded, its oldest entry leaving first. */
export class State {
  device_secret = "";
  readonly seen = new Set<string>();
  readonly unacknowledged = new Map<string, Receipt>();
  /** By collapse id, the message that was shown last under it. */
  readonly shown = new Map<string, Shown>();

  constructor(public token = "") {}

  /** Remember a message; whether it is new. */
  see(pushId: string): boolean {
    if (this.seen.has(pushId)) return false;
    this.seen.add(pushId);
    bound(this.seen, KEPT_IDS);
    return true;
  }

  /** Remember an event until it is acknowledged. */
  keep(receipt: Receipt): void {
    this.unacknowledged.set(key(receipt), receipt);
    bound(this.unacknowledged, KEPT_EVENTS);
  }

  forget(receipt: { push_id: string; event: string }): void {
    this.unacknowledged.delete(key(receipt));
  }

  /** Remember what is shown under a collapse id. */
  show(shown: Shown): void {
    this.shown.delete(shown.collapse_id);
    this.shown.set(shown.collapse_id, shown);
    bound(this.shown, KEPT_COLLAPSE_IDS);
  }

  /** Become a new device. What the old one did can't be reported any more; what was seen was seen. */
  beginAnew(): void {
    this.token = this.device_secret = "";
    this.unacknowledged.clear();
  }

  toJson(): string {
    const kept: Kept = {
      token: this.token,
      device_secret: this.device_secret,
      seen: [...this.seen],
      unacknowledged: [...this.unacknowledged.values()],
      shown: [...this.shown.values()],
    };
    return JSON.stringify(kept);
  }

  /** Throws TypeError or SyntaxError: not what `toJson` gives. */
  static fromJson(text: string): State {
    const kept = JSON.parse(text) as Kept;
    const state = new State(kept.token);
    state.device_secret = kept.device_secret;
    for (const pushId of kept.seen) state.see(pushId);
    for (const receipt of kept.unacknowledged) state.keep(receipt);
    for (const shown of kept.shown) state.show(shown);
    return state;
  }
}

function key(receipt: { push_id: string; event: string }): string {
  return `${receipt.push_id} ${receipt.event}`;
}

function bound(entries: Set<string> | Map<string, unknown>, limit: number): void {
  if (entries.size <= limit) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}
