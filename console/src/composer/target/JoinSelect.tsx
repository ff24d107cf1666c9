import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import type { Join } from "../form";

interface Props {
  label: string;
  value: Join;
  onChange: (join: Join) => void;
}

export function JoinSelect({ label, value, onChange }: Props) {
  const { t } = useTranslation("composer");
  return (
    <Segmented<Join>
      size="small"
      aria-label={label}
      style={{ margin: "6px 0" }}
      value={value}
      onChange={onChange}
      options={[
        { value: "AND", label: t("tags.and") },
        { value: "OR", label: t("tags.or") },
      ]}
    />
  );
}
