import type { ReactNode } from "react";
import styles from "./FactList.module.css";

export interface Fact {
  name: string;
  value: ReactNode;
}

/** Names and values below each other; what has no value is left out. */
export function FactList({ facts }: { facts: readonly (Fact | false | undefined | "" | 0 | null)[] }) {
  return (
    <dl className={styles.facts}>
      {facts
        .filter((fact): fact is Fact => Boolean(fact))
        .map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
