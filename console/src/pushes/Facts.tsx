import { FactList } from "../tables/FactList";
import details from "./details.module.css";

export type { Fact } from "../tables/FactList";

/** A panel of names and values. */
export function Facts({ title, facts }: { title: string } & Parameters<typeof FactList>[0]) {
  return (
    <section className="panel" aria-label={title}>
      <h2 className={details.heading}>{title}</h2>
      <FactList facts={facts} />
    </section>
  );
}
