import { useTranslation } from "react-i18next";
import { Choices } from "../Choices";
import styles from "../composer.module.css";
import { useComposer } from "../useComposer";
import own from "./advanced.module.css";
import { Extras } from "./Extras";
import { TextOption } from "./TextOption";
import { Toggle } from "./Toggle";

const KINDS = ["app", "activity", "url", "intent"] as const;

export function ClickOptions() {
  const { platform, form } = useComposer();
  return (
    <>
      {platform === "android" && form.message.type === "notify" && <Click />}
      <Extras />
    </>
  );
}

function Click() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  const { kind, activity, url, confirm, intent } = form.click;
  return (
    <div>
      <p className={styles.groupLabel}>{t("click.title")}</p>
      <Choices
        compact
        label={t("click.title")}
        value={kind}
        onChange={(kind) => change("click", { kind })}
        choices={KINDS.map((value) => ({ value, label: t(`click.${value}`) }))}
      />
      <div className={own.below}>
        {kind === "activity" && (
          <TextOption
            name="click"
            label={t("click.activityField")}
            placeholder="com.example.shop.OrderActivity"
            value={activity}
            onChange={(activity) => change("click", { activity })}
          />
        )}
        {kind === "url" && (
          <>
            <TextOption
              name="click"
              type="url"
              label={t("click.urlField")}
              placeholder="https://"
              value={url}
              onChange={(url) => change("click", { url })}
            />
            <Toggle label={t("click.confirm")} checked={confirm} onChange={(confirm) => change("click", { confirm })} />
          </>
        )}
        {kind === "intent" && (
          <TextOption
            name="click"
            label={t("click.intentField")}
            placeholder="shop://orders/detail?id=7"
            value={intent}
            onChange={(intent) => change("click", { intent })}
          />
        )}
      </div>
    </div>
  );
}
