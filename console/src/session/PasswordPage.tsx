import { App, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useChangePassword, useMember } from "../api/session";
import { Trouble } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { NewPassword } from "./NewPassword";

interface Change {
  old: string;
  new: string;
}

export default function PasswordPage() {
  const { t } = useTranslation("session");
  const { message } = App.useApp();
  const member = useMember();
  const change = useChangePassword();
  const [form] = Form.useForm<Change>();

  function changed() {
    form.resetFields();
    message.success(t("change.done"));
  }

  return (
    <>
      <PageHeader title={t("change.title")} help={t("change.help")} />
      <div className="panel" style={{ maxWidth: 460 }}>
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          onFinish={(wanted) => change.mutate(wanted, { onSuccess: changed })}
        >
          <input type="text" autoComplete="username" value={member.name} readOnly hidden />
          <Form.Item name="old" label={t("change.old")} rules={[{ required: true, message: t("passwordNeeded") }]}>
            <Input.Password autoComplete="current-password" size="large" />
          </Form.Item>
          <NewPassword name="new" label={t("change.new")} />
          {change.isError && (
            <Form.Item>
              <Trouble error={change.error} />
            </Form.Item>
          )}
          <Button type="primary" htmlType="submit" loading={change.isPending}>
            {t("change.submit")}
          </Button>
        </Form>
      </div>
    </>
  );
}
