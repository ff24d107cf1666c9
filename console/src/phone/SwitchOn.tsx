import { PoweroffOutlined } from "@ant-design/icons";
import { Button, Form } from "antd";
import { useTranslation } from "react-i18next";
import { AccountFields, type AccountForm } from "./AccountFields";
import type { Phone } from "./phone";

/** Before it is a device. */
export function SwitchOn({ phone, number }: { phone: Phone; number: number }) {
  const { t } = useTranslation("phone");
  return (
    <section className="panel">
      <h2>{t("switchOn.title")}</h2>
      <p className="quiet">{t("switchOn.help")}</p>
      <Form<AccountForm>
        layout="vertical"
        requiredMark={false}
        initialValues={{ account: `test-user-${number}`, accountType: 0 }}
        onFinish={({ account, accountType }) => phone.switchOn(account?.trim() ?? "", accountType ?? 0)}
      >
        <AccountFields />
        <Button type="primary" htmlType="submit" icon={<PoweroffOutlined />}>
          {t("switchOn.button")}
        </Button>
      </Form>
    </section>
  );
}
