import { CheckCircleFilled, ClockCircleFilled, CloseCircleFilled, ExclamationCircleFilled } from "@ant-design/icons";
import type { ReactNode } from "react";
import styles from "./devices.module.css";

export type Tone = "good" | "wait" | "warn" | "bad";

const ICONS = {
  good: <CheckCircleFilled />,
  wait: <ClockCircleFilled />,
  warn: <ExclamationCircleFilled />,
  bad: <CloseCircleFilled />,
};

interface Props {
  tone: Tone;
  /** What is. */
  title: string;
  /** Why, and what to do. */
  what?: ReactNode;
  children?: ReactNode;
}

/** What every question ends in: a sentence that says what is, and one that says what to do. */
export function Verdict({ tone, title, what, children }: Props) {
  return (
    <section className={styles.verdict} data-tone={tone} role="status">
      <span className={styles.mark} aria-hidden>
        {ICONS[tone]}
      </span>
      <div>
        <strong>{title}</strong>
        {what && <p>{what}</p>}
        {children}
      </div>
    </section>
  );
}
