import { InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import { Field } from "../Field";
import { useComposer } from "../useComposer";

export function AccountType() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  return (
    <Field label={t("target.accountType")} help={t("target.accountTypeHelp")}>
      {(control) => (
        <InputNumber
          {...control}
          min={0}
          max={2 ** 31 - 1}
          precision={0}
          value={form.target.accountType}
          onChange={(accountType) => change("target", { accountType: accountType ?? 0 })}
        />
      )}
    </Field>
  );
}
