import { Form, Input, InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import styles from "./phone.module.css";

export interface AccountForm {
  account?: string;
  accountType?: number | null;
}

/** Which account the phone belongs to; none is fine. */
export function AccountFields() {
  const { t } = useTranslation("phone");
  return (
    <div className={styles.account}>
      <Form.Item
        name="account"
        label={t("account.label")}
        rules={[
          { min: 2, max: 100, message: t("account.length") },
          { pattern: /^\P{Cc}*$/u, message: t("account.characters") },
        ]}
      >
        <Input placeholder={t("account.none")} allowClear autoComplete="off" />
      </Form.Item>
      <Form.Item name="accountType" label={t("account.type")}>
        <InputNumber min={0} max={100_000} precision={0} style={{ width: "100%" }} />
      </Form.Item>
    </div>
  );
}
