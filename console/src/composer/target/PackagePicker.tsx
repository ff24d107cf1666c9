import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useNumbers } from "../../words/Count";
import { useTimes } from "../../words/Time";
import { Field } from "../Field";
import { useComposer } from "../useComposer";
import { type Package, usePackages } from "./packages";

interface Props {
  label: string;
  value: number | null;
  onChange: (packageId: number | null) => void;
  help?: string;
}

/** One of the packages uploaded before, found by name, number or day. */
export function PackagePicker({ label, value, onChange, help }: Props) {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const numbers = useNumbers();
  const times = useTimes();
  const packages = usePackages(accessId);

  function option(one: Package) {
    const accounts = t("package.accountsOf", { shown: numbers.count(one.accounts), count: one.accounts });
    return {
      value: one.package_id,
      label: `${one.file_name} · ${accounts} · ${times.dateTime(one.uploaded_at)} · ${one.package_id}`,
    };
  }

  return (
    <Field label={label} help={help}>
      {(control) => (
        <Select
          {...control}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          style={{ width: "100%" }}
          loading={packages.isPending}
          placeholder={t("package.pick")}
          notFoundContent={t("package.none")}
          value={value}
          options={(packages.data ?? []).map(option)}
          onChange={(chosen: number | undefined) => onChange(chosen ?? null)}
        />
      )}
    </Field>
  );
}
