import { Alert, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Choices } from "../Choices";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { attributesIn } from "../form";
import { Step } from "../Step";
import { useComposer } from "../useComposer";
import { MessageSize } from "./MessageSize";
import { TextField } from "./TextField";

export function MessageStep() {
  const { t } = useTranslation("composer");
  const { form, change, platform } = useComposer();
  const { type, subtitle, picture } = form.message;
  const silent = platform === "ios" && type === "message";
  return (
    <Step number={1} title={t("message.title")} help={t("message.help")}>
      <Choices
        label={t("message.type")}
        value={type}
        onChange={(type) => change("message", { type })}
        choices={[
          { value: "notify", label: t("message.notify"), help: t("message.notifyHelp") },
          {
            value: "message",
            label: t(platform === "ios" ? "message.silent" : "message.inApp"),
            help: t(platform === "ios" ? "message.silentHelp" : "message.inAppHelp"),
          },
        ]}
      />
      {silent ? (
        <Alert type="info" title={t("message.silentRules")} />
      ) : (
        <>
          <TextField name="title" label={t("message.titleField")} />
          {platform === "ios" && type === "notify" && (
            <Field label={t("message.subtitle")} aside={<span className="quiet">{t("optional")}</span>}>
              {(control) => (
                <Input
                  {...control}
                  value={subtitle}
                  onChange={(event) => change("message", { subtitle: event.target.value })}
                />
              )}
            </Field>
          )}
          <TextField name="content" label={t("message.content")} rows={3} />
          <DefaultTexts />
          {type === "notify" && (
            <Field
              name="picture"
              label={t("message.picture")}
              aside={<span className="quiet">{t("optional")}</span>}
              help={t(platform === "ios" ? "message.pictureHelpIos" : "message.pictureHelp")}
            >
              {(control) => (
                <Input
                  {...control}
                  type="url"
                  inputMode="url"
                  placeholder="https://"
                  value={picture}
                  onChange={(event) => change("message", { picture: event.target.value })}
                />
              )}
            </Field>
          )}
        </>
      )}
      <MessageSize />
    </Step>
  );
}

/** What a device reads that lacks an attribute the texts name. */
function DefaultTexts() {
  const { t } = useTranslation("composer");
  const { form, change, platform } = useComposer();
  const names = attributesIn(form.message);
  if (!names.length) return null;
  return (
    <div className={styles.columns}>
      <p className="quiet" style={{ gridColumn: "1 / -1", margin: 0 }}>
        {t("message.personal", { names: names.join(", ") })}
      </p>
      {platform === "android" && (
        <Field name="defaultTitle" label={t("message.defaultTitle")}>
          {(control) => (
            <Input
              {...control}
              value={form.message.defaultTitle}
              onChange={(event) => change("message", { defaultTitle: event.target.value })}
            />
          )}
        </Field>
      )}
      <Field name="defaultContent" label={t("message.defaultContent")}>
        {(control) => (
          <Input
            {...control}
            value={form.message.defaultContent}
            onChange={(event) => change("message", { defaultContent: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
