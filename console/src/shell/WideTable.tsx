import type { PropsWithChildren } from "react";

/** Around a table with more columns than a phone has room for: it scrolls sideways, by keyboard too. `label`: what it lists. */
export function WideTable({ label, children }: PropsWithChildren<{ label: string }>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached, and Ant Design's own scroll can't
    <section className="wide-table" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
