import { type ReactNode, useEffect, useRef, useState } from "react";
import styles from "./RowTable.module.css";

export interface Column<Row> {
  key: string;
  title: ReactNode;
  /** Pixels; without one the column shares what is left. */
  width?: number;
  /** Figures stand below each other, at the right. */
  numeric?: boolean;
  render: (row: Row) => ReactNode;
}

interface Props<Row> {
  /** What is listed, for a screen reader. */
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  /** What shows is about to change. */
  busy?: boolean;
  /** Below this width, in pixels, it scrolls sideways; on a phone each row stands for itself, its cells below each other. */
  minWidth?: number;
}

/**
 * A list that the server sorts, filters and pages, as a plain table. Ant Design's own brings all of that along in the
 * browser: 60 KiB on the first load of a page, for nothing.
 */
export function RowTable<Row>({ label, columns, rows, keyOf, busy = false, minWidth }: Props<Row>) {
  const { frame, scrolls } = useScrolls();
  return (
    <section
      ref={frame}
      className={styles.frame}
      aria-label={label}
      aria-busy={busy}
      // without it the keyboard could not scroll
      tabIndex={scrolls ? 0 : undefined}
    >
      <table className={styles.table} data-stacks={minWidth !== undefined} style={{ minWidth }}>
        <colgroup>
          {columns.map(({ key, width }) => (
            <col key={key} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map(({ key, title, numeric }) => (
              <th key={key} scope="col" data-numeric={numeric}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ key, title, numeric, render }) => (
                <td key={key} data-numeric={numeric} data-label={typeof title === "string" ? title : ""}>
                  <div>{render(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Does the element scroll sideways? Then the keyboard has to get there. */
function useScrolls() {
  const frame = useRef<HTMLElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setScrolls(element.scrollWidth > element.clientWidth));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return { frame, scrolls };
}
