import { Button, Form } from "antd";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/errors";
import { Trouble } from "../shell/Loaded";
import { useWords } from "../shell/useWords";
import styles from "./channels.module.css";
import { FieldItem } from "./FieldItem";
import type { ChannelDetail, Given } from "./queries";
import { useFieldWords } from "./useFieldWords";
import { givenOf, type Values, valuesOf } from "./values";

interface Props {
  detail: ChannelDetail;
  readOnly: boolean;
  /** Why the last save or test was refused. */
  error: Error | null;
  busy: "saving" | "testing" | undefined;
  onSave: (given: Given) => void;
  /** null: the settings as they are stored. */
  onTest: (given: Given | null) => void;
  /** What the last test found. */
  said: ReactNode;
}

/** The form that a provider's settings describe. */
export function ChannelForm({ detail, readOnly, error, busy, onSave, onTest, said }: Props) {
  const { t } = useTranslation("channels");
  const words = useWords();
  const [form] = Form.useForm<Values>();
  const fieldWords = useFieldWords(detail.channel);
  const fault = fieldOf(error);
  const faulty = detail.fields.find(({ name }) => name === fault);
  /** The server calls the field by its English name. */
  const title = faulty?.title ?? "";
  const titleHere = faulty ? fieldWords.title(faulty) : "";

  useEffect(() => {
    if (fault) form.setFields([{ name: fault, errors: [words(error).replace(title, titleHere)] }]);
  }, [form, fault, error, words, title, titleHere]);

  async function test() {
    if (!form.isFieldsTouched() && detail.configured) return onTest(null);
    const values = await form.validateFields().catch(() => undefined);
    if (values) onTest(givenOf(detail.fields, form.getFieldsValue(true)));
  }

  const items = (advanced: boolean) =>
    detail.fields
      .filter((field) => field.advanced === advanced)
      .map((field) => (
        <FieldItem
          key={field.name}
          channel={detail.channel}
          field={field}
          kept={detail.kept_secrets.includes(field.name)}
        />
      ));

  return (
    <Form<Values>
      form={form}
      layout="vertical"
      name={`channel-${detail.channel}`}
      disabled={readOnly}
      initialValues={valuesOf(detail)}
      onFinish={() => onSave(givenOf(detail.fields, form.getFieldsValue(true)))}
    >
      {items(false)}
      <details
        className={styles.advanced}
        open={detail.fields.some(({ advanced, name }) => advanced && name === fault)}
      >
        <summary>{t("advanced")}</summary>
        <div>{items(true)}</div>
      </details>
      {error && <Trouble error={error} meanings={fault ? { 422: words(error).replace(title, titleHere) } : {}} />}
      {said}
      {!readOnly && (
        <div className={styles.buttons}>
          <Button type="primary" htmlType="submit" loading={busy === "saving"}>
            {t("save")}
          </Button>
          <Button onClick={test} loading={busy === "testing"}>
            {t("test")}
          </Button>
          <span className="quiet">{t("testHelp")}</span>
        </div>
      )}
    </Form>
  );
}

/** The field that a refusal is about. */
function fieldOf(error: Error | null): string | undefined {
  const body = error instanceof ApiError ? error.body : undefined;
  return body && typeof body === "object" && "field" in body ? String(body.field) || undefined : undefined;
}
