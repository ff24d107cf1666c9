import type { ReactNode } from "react";
import styles from "./composer.module.css";

interface Props {
  number: number;
  title: string;
  help?: ReactNode;
  children: ReactNode;
}

/** One of the seven steps of the page. */
export function Step({ number, title, help, children }: Props) {
  const id = `step-${number}`;
  return (
    <section className="panel" aria-labelledby={id}>
      <header className={styles.stepHeader}>
        <span className={styles.stepNumber} aria-hidden="true">
          {number}
        </span>
        <div>
          <h2 id={id}>{title}</h2>
          {help && <p className="quiet">{help}</p>}
        </div>
      </header>
      <div className={styles.stepBody}>{children}</div>
    </section>
  );
}
