import type { ReactNode } from "react";

interface Props {
  title: string;
  /** What would be here, what it is good for, how it comes about. */
  children: ReactNode;
  /** The button that begins it. */
  action?: ReactNode;
}

/** An empty list that teaches. */
export function EmptyState({ title, children, action }: Props) {
  return (
    <section className="empty-state">
      <h2>{title}</h2>
      <div className="empty-state-text">{children}</div>
      {action && <div className="empty-state-action">{action}</div>}
    </section>
  );
}
