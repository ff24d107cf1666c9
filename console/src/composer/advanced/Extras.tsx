import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import styles from "../composer.module.css";
import { Field } from "../Field";
import type { Extra } from "../form";
import { extra } from "../newPush";
import { useComposer } from "../useComposer";
import own from "./advanced.module.css";

/** Parameters for the app: pairs of texts, or any JSON object. */
export function Extras() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  const { extraAs, extraJson } = form.look;
  if (extraAs === "pairs") return <Pairs />;
  return (
    <Field name="extra" label={t("extra.title")} help={t("extra.help")} aside={<Turn />}>
      {(control) => (
        <Input.TextArea
          {...control}
          className="mono"
          spellCheck={false}
          autoSize={{ minRows: 3, maxRows: 12 }}
          placeholder='{"page": "order", "id": 7}'
          value={extraJson}
          onChange={(event) => change("look", { extraJson: event.target.value })}
        />
      )}
    </Field>
  );
}

function Turn() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  const json = form.look.extraAs === "json";
  return (
    <Button
      size="small"
      type="link"
      onClick={() => change("look", json ? { extraAs: "pairs" } : { extraAs: "json", extraJson: extra(form) })}
    >
      {t(json ? "extra.pairs" : "extra.json")}
    </Button>
  );
}

function Pairs() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  const { extras } = form.look;
  const set = (extras: Extra[]) => change("look", { extras });
  const edit = (index: number, pair: Partial<Extra>) =>
    set(extras.map((old, at) => (at === index ? { ...old, ...pair } : old)));
  return (
    <fieldset className={own.plainSet}>
      <legend className={styles.fieldHead}>
        <span className={styles.groupLabel}>{t("extra.title")}</span>
        <Turn />
      </legend>
      {extras.map((pair, index) => (
        <div key={index} className={own.pair}>
          <Input
            aria-label={t("extra.name")}
            placeholder={t("extra.name")}
            value={pair.name}
            onChange={(event) => edit(index, { name: event.target.value })}
          />
          <Input
            aria-label={t("extra.value")}
            placeholder={t("extra.value")}
            value={pair.value}
            onChange={(event) => edit(index, { value: event.target.value })}
          />
          <Button
            type="text"
            icon={<CloseOutlined />}
            aria-label={t("extra.delete")}
            onClick={() => set(extras.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button icon={<PlusOutlined />} onClick={() => set([...extras, { name: "", value: "" }])}>
        {t("extra.add")}
      </Button>
      <p className={`quiet ${styles.small}`}>{t("extra.help")}</p>
    </fieldset>
  );
}
