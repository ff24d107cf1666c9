import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useApplication } from "../api/products";
import styles from "./devices.module.css";

/** What is known of this device? */
export default function TokenQuery() {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const navigate = useNavigate();
  return (
    <>
      <p className="quiet">{t("tokenQuery.help")}</p>
      <Form<{ token: string }>
        layout="vertical"
        requiredMark={false}
        className={styles.question}
        onFinish={({ token }) => navigate(`/apps/${access_id}/devices/${encodeURIComponent(token.trim())}`)}
      >
        <Form.Item
          name="token"
          label={t("token")}
          rules={[{ required: true, whitespace: true, message: t("tokenNeeded") }]}
        >
          <Input maxLength={100} autoComplete="off" allowClear className="mono" />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("find")}
        </Button>
      </Form>
    </>
  );
}
