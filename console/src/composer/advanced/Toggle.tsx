import { Switch } from "antd";
import { useId } from "react";
import styles from "../composer.module.css";
import own from "./advanced.module.css";

interface Props {
  label: string;
  help?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Toggle({ label, help, checked, onChange }: Props) {
  const id = useId();
  return (
    <div className={own.toggle}>
      <Switch id={id} size="small" checked={checked} onChange={onChange} />
      <div>
        <label htmlFor={id}>{label}</label>
        {help && <p className={`quiet ${styles.small}`}>{help}</p>}
      </div>
    </div>
  );
}
