import { Select } from "antd";
import { useState } from "react";
import { offered, useAccountType } from "./useAccountType";

interface Props {
  /** For its label. */
  id?: string;
  value?: number | null;
  onChange?: (type: number) => void;
}

/** An account type by its name or its number; a number that has no name can be typed. */
export function AccountTypeSelect({ value, onChange, ...rest }: Props) {
  const words = useAccountType();
  const [typed, setTyped] = useState("");
  return (
    <Select
      {...rest}
      showSearch={{ optionFilterProp: "label", onSearch: setTyped }}
      popupMatchSelectWidth={false}
      style={{ width: "100%", maxWidth: 320 }}
      value={value ?? 0}
      options={offered(value ?? 0, typed.trim()).map((type) => ({ value: type, label: words(type) }))}
      onChange={(type) => {
        setTyped("");
        onChange?.(type);
      }}
    />
  );
}
