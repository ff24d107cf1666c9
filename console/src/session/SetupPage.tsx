/**
 * A one-time link is opened: by whoever set the server up, who becomes the first administrator, or by somebody whom an
 * administrator has invited. The token is behind the #, where no proxy's log holds it.
 */
import { Button, Form, Input, Spin } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate } from "react-router";
import { ApiError } from "../api/errors";
import { type Credentials, useLink, useSession, useSetup } from "../api/session";
import { Trouble } from "../shell/Loaded";
import { Frame } from "./Frame";
import { NewPassword } from "./NewPassword";

export default function SetupPage() {
  const { t } = useTranslation("session");
  const [token] = useState(() => window.location.hash.slice(1));
  const session = useSession();
  const link = useLink(token);
  if (!token && session.data && !session.data.setup_needed) return <Navigate to="/products" replace />;
  if (!token) return <NoLink />;
  if (link.isPending) return <Spin fullscreen />;
  if (!link.isError) return <Choose token={token} name={link.data.name} />;
  const used = link.error instanceof ApiError && link.error.status === 403;
  return (
    <Frame title={t(used ? "setup.usedTitle" : "setup.title")}>
      <Trouble error={link.error} meanings={{ 403: t("setup.usedLink") }} onRetry={used ? undefined : link.refetch} />
    </Frame>
  );
}

function NoLink() {
  const { t } = useTranslation("session");
  return (
    <Frame title={t("setup.noLink")}>
      <p className="quiet">{t("setup.noLinkHelp")}</p>
      <pre className="mono">rockdove serve</pre>
    </Frame>
  );
}

/** `name`: whom an administrator invited; empty for the first administrator. */
function Choose({ token, name }: { token: string; name: string }) {
  const { t } = useTranslation("session");
  const setup = useSetup();
  const navigate = useNavigate();

  function submit(chosen: Credentials) {
    setup.mutate({ ...chosen, token }, { onSuccess: () => navigate("/products", { replace: true }) });
  }

  return (
    <Frame title={name ? t("setup.welcome", { name }) : t("setup.title")}>
      <p className="quiet">{t(name ? "setup.welcomeHelp" : "setup.help")}</p>
      <Form<Credentials> layout="vertical" requiredMark={false} initialValues={{ name }} onFinish={submit}>
        <Form.Item name="name" label={t("name")} rules={[{ required: true, message: t("nameNeeded") }]}>
          <Input autoComplete="username" autoFocus={!name} readOnly={name !== ""} size="large" />
        </Form.Item>
        <NewPassword name="password" label={t("password")} autoFocus={name !== ""} />
        {setup.isError && (
          <Form.Item>
            <Trouble error={setup.error} meanings={{ 403: t("setup.usedLink") }} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={setup.isPending}>
          {t(name ? "setup.submitInvited" : "setup.submit")}
        </Button>
      </Form>
    </Frame>
  );
}
