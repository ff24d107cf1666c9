import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { AccountTypeSelect } from "../accounts/AccountTypeSelect";
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
        <AccountTypeSelect />
      </Form.Item>
    </div>
  );
}
