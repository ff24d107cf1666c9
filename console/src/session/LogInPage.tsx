import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { type Credentials, useLogIn, useSession } from "../api/session";
import { Trouble } from "../shell/Loaded";
import { Frame } from "./Frame";
import { onwards } from "./onwards";

export default function LogInPage() {
  const { t } = useTranslation("session");
  const [search] = useSearchParams();
  const session = useSession().data;
  const logIn = useLogIn();
  if (session?.setup_needed) return <Navigate to="/setup" replace />;
  if (session?.member) return <Navigate to={onwards(search.get("next"))} replace />;
  return (
    <Frame title={t("logIn.title")}>
      <Form<Credentials> layout="vertical" requiredMark={false} onFinish={(credentials) => logIn.mutate(credentials)}>
        <Form.Item name="name" label={t("name")} rules={[{ required: true, message: t("nameNeeded") }]}>
          <Input autoComplete="username" autoFocus size="large" />
        </Form.Item>
        <Form.Item name="password" label={t("password")} rules={[{ required: true, message: t("passwordNeeded") }]}>
          <Input.Password autoComplete="current-password" size="large" />
        </Form.Item>
        {logIn.isError && (
          <Form.Item>
            <Trouble error={logIn.error} meanings={{ 401: t("logIn.wrong") }} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={logIn.isPending}>
          {t("logIn.submit")}
        </Button>
      </Form>
    </Frame>
  );
}
