import type { ReactNode } from "react";
import details from "./details.module.css";

export interface Fact {
  name: string;
  value: ReactNode;
}

/** Names and values below each other; what has no value is left out. */
export function Facts({ title, facts }: { title: string; facts: (Fact | false | undefined | "" | 0 | null)[] }) {
  return (
    <section className="panel" aria-label={title}>
      <h2 className={details.heading}>{title}</h2>
      <dl className={details.facts}>
        {facts
          .filter((fact): fact is Fact => Boolean(fact))
          .map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
