import { type ReactNode, useId } from "react";
import styles from "./Choices.module.css";

export interface Choice<T extends string> {
  value: T;
  label: ReactNode;
  help?: ReactNode;
  /** Shown below the label, e.g. figures. */
  children?: ReactNode;
}

interface Props<T extends string> {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
  /** One row of short choices, or cards. */
  compact?: boolean;
}

/** One of a few, each seen at once: real radio buttons under the paint. */
export function Choices<T extends string>({ label, value, choices, onChange, compact = false }: Props<T>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className={compact ? styles.row : styles.cards}>
      {choices.map((choice) => (
        <label key={choice.value} className={styles.choice} data-chosen={choice.value === value}>
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span className={styles.words}>
            <span className={styles.label}>{choice.label}</span>
            {choice.help && <span className={styles.help}>{choice.help}</span>}
            {choice.children}
          </span>
        </label>
      ))}
    </div>
  );
}
