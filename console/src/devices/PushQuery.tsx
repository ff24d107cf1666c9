import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useApplication } from "../api/products";
import { DeliveryVerdict } from "./DeliveryVerdict";
import styles from "./devices.module.css";

interface Asked {
  push: string;
  token: string;
}

/** Why did this push (not) arrive on this device? */
export default function PushQuery() {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const [search, setSearch] = useSearchParams();
  const [push, token] = [search.get("push") ?? "", search.get("token") ?? ""];
  return (
    <>
      <p className="quiet">{t("push.help")}</p>
      <Form<Asked>
        key={`${push} ${token}`}
        layout="vertical"
        requiredMark={false}
        className={styles.question}
        initialValues={{ push, token }}
        onFinish={(asked) => setSearch({ push: asked.push.trim(), token: asked.token.trim() })}
      >
        <Form.Item
          name="push"
          label={t("push.id")}
          className={styles.narrow}
          rules={[{ required: true, pattern: /^\s*\d{1,18}\s*$/, message: t("push.idNeeded") }]}
        >
          <Input inputMode="numeric" autoComplete="off" className="mono" />
        </Form.Item>
        <Form.Item
          name="token"
          label={t("token")}
          rules={[{ required: true, whitespace: true, message: t("tokenNeeded") }]}
        >
          <Input maxLength={100} autoComplete="off" className="mono" />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("find")}
        </Button>
      </Form>
      {push && token && (
        <>
          <DeliveryVerdict token={token} pushId={push} />
          <p className={styles.onward}>
            <Link to={`/apps/${access_id}/pushes/${push}`}>{t("push.details")}</Link>
            <Link to={`/apps/${access_id}/devices/${encodeURIComponent(token)}`}>{t("push.device")}</Link>
          </p>
        </>
      )}
    </>
  );
}
