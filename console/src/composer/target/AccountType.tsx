import { useTranslation } from "react-i18next";
import { AccountTypeSelect } from "../../accounts/AccountTypeSelect";
import { Field } from "../Field";
import { useComposer } from "../useComposer";

export function AccountType() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  return (
    <Field label={t("target.accountType")} help={t("target.accountTypeHelp")}>
      {(control) => (
        <AccountTypeSelect
          {...control}
          value={form.target.accountType}
          onChange={(accountType) => change("target", { accountType })}
        />
      )}
    </Field>
  );
}
