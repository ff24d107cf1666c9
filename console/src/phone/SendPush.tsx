import { SendOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "../api/client";
import { newKey } from "../api/idempotency";
import type { Application } from "../api/products";
import { Trouble } from "../shell/Loaded";
import styles from "./phone.module.css";
import { type Message, testPush } from "./testPush";

/** The quickest push there is: a title and a text to this phone alone. */
export function SendPush({ application, token }: { application: Application; token: string }) {
  const { t } = useTranslation("phone");
  const { access_id: accessId, platform } = application;
  const send = useMutation({
    meta: { quiet: true },
    mutationFn: (message: Message) =>
      answer(
        api.POST("/apps/{access_id}/pushes", {
          params: { path: { access_id: accessId }, header: { "idempotency-key": newKey() } },
          body: testPush(platform, message, token),
        }),
      ),
  });
  const made = send.data?.push_ids[0];
  return (
    <section className="panel">
      <h2>{t("send.title")}</h2>
      <Form<Message>
        layout="vertical"
        requiredMark={false}
        initialValues={{ title: t("send.exampleTitle"), content: t("send.exampleContent") }}
        onFinish={(message) => send.mutate(message)}
      >
        <Form.Item name="title" label={t("send.titleLabel")} rules={[{ required: true, message: t("send.needed") }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="content" label={t("send.content")} rules={[{ required: true, message: t("send.needed") }]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} />
        </Form.Item>
        <div className={styles.deeds}>
          <Button type="primary" htmlType="submit" icon={<SendOutlined />} disabled={!token} loading={send.isPending}>
            {t("send.button")}
          </Button>
          {made && <Link to={`/apps/${accessId}/pushes/${made}`}>{t("send.made")}</Link>}
        </div>
      </Form>
      {send.isError && <Trouble error={send.error} />}
      <p className={`quiet ${styles.note}`}>
        {t("send.more")} <Link to={`/apps/${accessId}/pushes/new`}>{t("send.compose")}</Link>
      </p>
    </section>
  );
}
