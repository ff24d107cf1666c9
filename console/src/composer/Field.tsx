import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import styles from "./composer.module.css";
import type { Field as FieldName } from "./faults";
import { useComposer } from "./useComposer";

export interface Control {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  status: "error" | "";
}

interface Props {
  label: ReactNode;
  /** Where a fault of the form shows. */
  name?: FieldName;
  help?: ReactNode;
  /** At the right of the label, e.g. a count. */
  aside?: ReactNode;
  children: (control: Control) => ReactNode;
}

/** A label, its control, and below it what is wrong with it. */
export function Field({ label, name, help, aside, children }: Props) {
  const { t } = useTranslation("composer");
  const { faults } = useComposer();
  const id = useId();
  const fault = name && faults[name];
  return (
    <div className={styles.field} data-fault={fault ? name : undefined}>
      <div className={styles.fieldHead}>
        <label htmlFor={id}>{label}</label>
        {aside}
      </div>
      {children({
        id,
        "aria-describedby": `${id}-words`,
        "aria-invalid": Boolean(fault),
        status: fault ? "error" : "",
      })}
      <div id={`${id}-words`} className={styles.fieldWords}>
        {fault && <p className={styles.fault}>{t(`faults.${fault}`)}</p>}
        {help && <p className="quiet">{help}</p>}
      </div>
    </div>
  );
}

/** A fault of something that is not one control, e.g. of the whole target. */
export function FaultOf({ name }: { name: FieldName }) {
  const { t } = useTranslation("composer");
  const fault = useComposer().faults[name];
  if (!fault) return null;
  return (
    <p className={styles.fault} data-fault={name} role="alert" tabIndex={-1}>
      {t(`faults.${fault}`)}
    </p>
  );
}
