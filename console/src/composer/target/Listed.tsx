import { Input } from "antd";
import { useTranslation } from "react-i18next";
import { useNumbers } from "../../words/Count";
import { Field } from "../Field";
import { MOST_LISTED } from "../faults";
import { lines } from "../form";
import { useComposer } from "../useComposer";
import { AccountType } from "./AccountType";

export function AccountsListed() {
  return (
    <>
      <Listed field="accounts" />
      <AccountType />
    </>
  );
}

export function TokensListed() {
  return <Listed field="tokens" />;
}

/** One a line, at most a thousand. */
function Listed({ field }: { field: "accounts" | "tokens" }) {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const { form, change } = useComposer();
  const text = form.target[field];
  const count = lines(text).length;
  return (
    <Field
      label={t(`target.${field}Field`)}
      help={t(`target.${field}Help`)}
      aside={
        <span className="quiet numbers">
          {numbers.count(count)} / {numbers.count(MOST_LISTED)}
        </span>
      }
    >
      {(control) => (
        <Input.TextArea
          {...control}
          className="mono"
          autoSize={{ minRows: 4, maxRows: 14 }}
          spellCheck={false}
          value={text}
          onChange={(event) => change("target", { [field]: event.target.value })}
        />
      )}
    </Field>
  );
}
