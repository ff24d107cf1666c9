import { Form, Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import type { ChannelField } from "./queries";
import { SecretInput } from "./SecretInput";
import { useFieldWords } from "./useFieldWords";
import { isSecret } from "./values";

interface Props {
  channel: string;
  field: ChannelField;
  /** The server has this secret. */
  kept: boolean;
}

/** One field, with the control of its kind. */
export function FieldItem({ channel, field, kept }: Props) {
  const { t } = useTranslation("channels");
  const words = useFieldWords(channel);
  const { name, kind, required } = field;
  const needed = required && !kept;
  return (
    <Form.Item
      name={name}
      label={words.title(field)}
      extra={words.description(field)}
      required={needed}
      valuePropName={kind === "switch" ? "checked" : "value"}
      rules={[{ validator: (_, value) => (isMissing(value) ? Promise.reject(t("needed")) : Promise.resolve()) }]}
    >
      {control()}
    </Form.Item>
  );

  function isMissing(value: unknown): boolean {
    const empty = value === undefined || value === null || String(value).trim() === "";
    return isSecret(field) ? required && (value === null || (needed && empty)) : required && empty;
  }

  function control() {
    switch (kind) {
      case "number":
        return <InputNumber min={0} precision={0} style={{ width: 200 }} />;
      case "switch":
        return <Switch />;
      case "choice":
        return <Select options={words.choices(field)} />;
      case "secret":
      case "secret file":
        return <SecretInput kept={kept} removable={!required} file={kind === "secret file"} />;
      default:
        return <Input autoComplete="off" spellCheck={false} />;
    }
  }
}
