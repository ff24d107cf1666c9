import type { ReactNode } from "react";
import styles from "./State.module.css";

export type Tone = "quiet" | "active" | "good" | "warn" | "bad";

/** A state in a word; the dot before it only repeats that in colour. */
export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={styles.state} data-tone={tone}>
      <span className={styles.dot} aria-hidden />
      {children}
    </span>
  );
}
