import { Count } from "../words/Count";
import styles from "./overview.module.css";

interface Props {
  name: string;
  value: number;
  note?: string | undefined;
}

/** One number that is worth looking at. */
export function Figure({ name, value, note }: Props) {
  return (
    <div className={styles.figure}>
      <span className={styles.name}>{name}</span>
      <strong>
        <Count of={value} />
      </strong>
      {note && <span className="quiet">{note}</span>}
    </div>
  );
}
