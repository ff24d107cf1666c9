import { App, Button, Form, Switch, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMember } from "../api/session";
import { DANGER } from "../shell/danger";
import { AccountFields, type AccountForm } from "./AccountFields";
import type { Phone, PhoneState } from "./phone";
import styles from "./phone.module.css";
import { useSaveTestDevice } from "./useSaveTestDevice";

interface Props {
  phone: Phone;
  state: PhoneState;
  accessId: number;
}

/** What a user does with a phone, besides looking at it. */
export function Settings({ phone, state, accessId }: Props) {
  const { t } = useTranslation("phone");
  const [busy, setBusy] = useState(false);

  function goOnline(online: boolean) {
    setBusy(true);
    phone.goOnline(online).finally(() => setBusy(false));
  }

  return (
    <section className="panel">
      <h2>{t("settings.title")}</h2>
      <div className={styles.switches}>
        <Switch id="phone-online" checked={state.online} loading={busy} onChange={goOnline} />
        <label htmlFor="phone-online">
          {t("settings.online")}
          <span className="quiet">{t("settings.onlineHelp")}</span>
        </label>
        <Switch id="phone-allowed" checked={state.allowed} onChange={(allowed) => phone.allow(allowed)} />
        <label htmlFor="phone-allowed">
          {t("settings.allowed")}
          <span className="quiet">{t("settings.allowedHelp")}</span>
        </label>
      </div>
      <Account phone={phone} state={state} />
      {state.token && <Token phone={phone} token={state.token} accessId={accessId} />}
    </section>
  );
}

function Account({ phone, state }: Pick<Props, "phone" | "state">) {
  const { t } = useTranslation("phone");
  return (
    <Form<AccountForm>
      layout="vertical"
      requiredMark={false}
      initialValues={state}
      className={styles.bind}
      onFinish={({ account, accountType }) => phone.bind(account?.trim() ?? "", accountType ?? 0)}
    >
      <AccountFields />
      <Button htmlType="submit">{t("account.bind")}</Button>
    </Form>
  );
}

function Token({ phone, token, accessId }: { phone: Phone; token: string; accessId: number }) {
  const { t } = useTranslation("phone");
  const { modal, message } = App.useApp();
  const { name } = useMember();
  const save = useSaveTestDevice(accessId);

  function keep() {
    const remark = t("settings.remark", { number: phone.identity.number, name });
    save.mutate({ token, remark }, { onSuccess: () => message.success(t("settings.saved")) });
  }

  function forget() {
    modal.confirm({
      title: t("forget.title"),
      content: t("forget.help"),
      okText: t("forget.button"),
      ...DANGER,
      onOk: () => phone.forget(),
    });
  }

  return (
    <>
      <p className={styles.token}>
        <span className="quiet">{t("settings.token")}</span>
        <Typography.Text copyable={{ tooltips: [t("settings.copy"), t("settings.copied")] }} className="mono">
          {token}
        </Typography.Text>
      </p>
      <div className={styles.deeds}>
        <Button onClick={keep} loading={save.isPending}>
          {t("settings.save")}
        </Button>
        <Button onClick={forget}>{t("forget.button")}</Button>
        <Link to={`/apps/${accessId}/devices/${token}`}>{t("settings.details")}</Link>
      </div>
    </>
  );
}
