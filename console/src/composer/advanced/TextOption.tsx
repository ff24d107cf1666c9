import { Input } from "antd";
import { Field } from "../Field";
import type { Field as FieldName } from "../faults";

interface Props {
  label: string;
  help?: string;
  name?: FieldName;
  value: string;
  placeholder?: string;
  type?: "text" | "url";
  onChange: (value: string) => void;
}

export function TextOption({ label, help, name, value, placeholder, type = "text", onChange }: Props) {
  return (
    <Field label={label} help={help} name={name}>
      {(control) => (
        <Input
          {...control}
          type={type}
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
