/** What a push is doing, in words and colours, and what may be done with it then. The law is the server's (lifecycle). */
import type { components } from "../api/schema";
import type { Tone } from "../tables/State";

export type State = components["schemas"]["State"];
export type Word =
  | "scheduled"
  | "preparing"
  | "sending"
  | "paused"
  | "finished"
  | "failed"
  | "cancelled"
  | "recalled"
  | "overridden"
  | "stopped"
  | "deleted";
export type Deed = "pause" | "resume" | "stop" | "revoke" | "cancel" | "override" | "delete";

interface Meaning {
  word: Word;
  tone: Tone;
  deeds: readonly Deed[];
}

const MEANINGS: Record<State, Meaning> = {
  PUSH_INIT: { word: "preparing", tone: "active", deeds: ["cancel"] },
  PUSH_WAIT: { word: "scheduled", tone: "quiet", deeds: ["cancel"] },
  PUSH_STARTED: { word: "sending", tone: "active", deeds: ["pause", "stop", "revoke", "override"] },
  PUSH_PAUSED: { word: "paused", tone: "warn", deeds: ["resume", "stop", "revoke", "override"] },
  PUSH_FINISHED: { word: "finished", tone: "good", deeds: ["stop", "revoke", "override", "delete"] },
  PUSH_FAILED: { word: "failed", tone: "bad", deeds: ["delete"] },
  PUSH_CANCELED: { word: "cancelled", tone: "quiet", deeds: ["delete"] },
  PUSH_REVOKED: { word: "recalled", tone: "quiet", deeds: ["delete"] },
  PUSH_COLLAPSED: { word: "overridden", tone: "quiet", deeds: ["delete"] },
  PUSH_DELETED_PUSH_MSG: { word: "stopped", tone: "quiet", deeds: ["delete"] },
  PUSH_DELETED: { word: "deleted", tone: "quiet", deeds: [] },
};

export function meaning(state: string): Meaning {
  return MEANINGS[state as State] ?? { word: "preparing", tone: "quiet", deeds: [] };
}

/** Does it move by itself? Then a list that shows it is worth asking for more often. */
export function isUnderWay(state: string): boolean {
  return meaning(state).tone === "active";
}

/** The words one filters by, in the order of a push's life. A deleted push is in no list. */
export const WORDS = [
  "scheduled",
  "preparing",
  "sending",
  "paused",
  "finished",
  "failed",
  "cancelled",
  "stopped",
  "recalled",
  "overridden",
] as const satisfies readonly Word[];

export function statesOf(words: readonly Word[]): State[] {
  const states = Object.keys(MEANINGS) as State[];
  return states.filter((state) => words.includes(MEANINGS[state].word));
}
