import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";

const SHORTEST = 10;

/** A password to be chosen: long rather than strange. */
export function NewPassword({ name, label, autoFocus }: { name: string; label: string; autoFocus?: boolean }) {
  const { t } = useTranslation("session");
  return (
    <Form.Item
      name={name}
      label={label}
      extra={t("passwordHelp", { count: SHORTEST })}
      rules={[
        { required: true, message: t("passwordNeeded") },
        { min: SHORTEST, message: t("passwordShort", { count: SHORTEST }) },
      ]}
    >
      <Input.Password autoComplete="new-password" autoFocus={autoFocus ?? false} size="large" />
    </Form.Item>
  );
}
