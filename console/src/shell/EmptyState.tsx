import type { ReactNode } from "react";

interface Props {
  title: string;
  /** What would be here, what it is good for, how it comes about. */
  children: ReactNode;
  /** The button that begins it. */
  action?: ReactNode;
  /** 1 where it is all there is on the page. */
  level?: 1 | 2;
}

/** An empty list that teaches. */
export function EmptyState({ title, children, action, level = 2 }: Props) {
  const Heading = `h${level}` as const;
  return (
    <section className="empty-state">
      <Heading>{title}</Heading>
      <div className="empty-state-text">{children}</div>
      {action && <div className="empty-state-action">{action}</div>}
    </section>
  );
}
