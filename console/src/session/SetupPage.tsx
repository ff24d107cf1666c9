/** The first run: whoever has the link that `rockdove serve` printed becomes the first administrator. */
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate } from "react-router";
import { type Credentials, useSession, useSetup } from "../api/session";
import { Trouble } from "../shell/Loaded";
import { Frame } from "./Frame";
import { NewPassword } from "./NewPassword";

export default function SetupPage() {
  const { t } = useTranslation("session");
  const session = useSession();
  const setup = useSetup();
  const navigate = useNavigate();
  const [token] = useState(() => window.location.hash.slice(1));
  if (session.data && !session.data.setup_needed)
    return <Navigate to={session.data.member ? "/products" : "/login"} replace />;
  if (!token)
    return (
      <Frame title={t("setup.noLink")}>
        <p className="quiet">{t("setup.noLinkHelp")}</p>
        <pre className="mono">rockdove serve</pre>
      </Frame>
    );
  return (
    <Frame title={t("setup.title")}>
      <p className="quiet">{t("setup.help")}</p>
      <Form<Credentials>
        layout="vertical"
        requiredMark={false}
        onFinish={({ name, password }) =>
          setup.mutate({ token, name, password }, { onSuccess: () => navigate("/products") })
        }
      >
        <Form.Item name="name" label={t("name")} rules={[{ required: true, message: t("nameNeeded") }]}>
          <Input autoComplete="username" autoFocus size="large" />
        </Form.Item>
        <NewPassword name="password" label={t("password")} />
        {setup.isError && (
          <Form.Item>
            <Trouble error={setup.error} meanings={{ 403: t("setup.usedLink") }} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={setup.isPending}>
          {t("setup.submit")}
        </Button>
      </Form>
    </Frame>
  );
}
