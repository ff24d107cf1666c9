import { useQueryClient } from "@tanstack/react-query";
import { Checkbox, InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";
import { Choices } from "../Choices";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { isBulk } from "../newPush";
import { PushPicker } from "../PushPicker";
import { useComposer } from "../useComposer";
import { Toggle } from "./Toggle";

export function MoreOptions() {
  const { t } = useTranslation("composer");
  const { form, change, platform } = useComposer();
  const { multiPackage, showInApp, environment } = form.delivery;
  return (
    <>
      {platform === "ios" && (
        <div>
          <p className={styles.groupLabel}>{t("delivery.environment")}</p>
          <Choices
            compact
            label={t("delivery.environment")}
            value={environment}
            onChange={(environment) => change("delivery", { environment })}
            choices={(["product", "dev"] as const).map((value) => ({ value, label: t(`delivery.${value}`) }))}
          />
        </div>
      )}
      <Collapse />
      {platform === "android" && (
        <Toggle
          label={t("delivery.multiPackage")}
          help={t("delivery.multiPackageHelp")}
          checked={multiPackage}
          onChange={(multiPackage) => change("delivery", { multiPackage })}
        />
      )}
      {form.message.type === "notify" && (
        <Toggle
          label={t("delivery.showInApp")}
          help={t("delivery.showInAppHelp")}
          checked={showInApp}
          onChange={(showInApp) => change("delivery", { showInApp })}
        />
      )}
    </>
  );
}

function Collapse() {
  const { t } = useTranslation("composer");
  const { form, change, platform, accessId } = useComposer();
  const { collapseId, forceCollapse } = form.delivery;
  const bulk = isBulk(form);
  const queries = useQueryClient();

  /** The list of pushes does not say the id; the push itself does. */
  async function pick(pushId: string) {
    const path = { access_id: accessId, push_id: Number(pushId) };
    const push = await queries.fetchQuery({
      queryKey: keys.of(accessId, "pushes", path.push_id),
      queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/pushes/{push_id}", { params: { path }, signal })),
    });
    change("delivery", { collapseId: push.collapse_id });
  }

  return (
    <div>
      <Field label={t("delivery.collapse")} help={t(bulk ? "delivery.collapseHelp" : "delivery.notBulk")}>
        {(control) => (
          <div className={styles.withButton}>
            <PushPicker control={control} disabled={!bulk} value="" onChange={(pushId) => void pick(pushId)} />
            <InputNumber
              aria-label={t("delivery.collapseId")}
              style={{ width: 150 }}
              disabled={!bulk}
              min={1}
              precision={0}
              controls={false}
              placeholder={t("delivery.collapseId")}
              value={collapseId || null}
              onChange={(collapseId) => change("delivery", { collapseId: collapseId ?? 0 })}
            />
          </div>
        )}
      </Field>
      {bulk && collapseId > 0 && platform === "android" && (
        <Checkbox
          checked={forceCollapse}
          onChange={(event) => change("delivery", { forceCollapse: event.target.checked })}
        >
          {t("delivery.forceCollapse")}
        </Checkbox>
      )}
    </div>
  );
}
