import { useTranslation } from "react-i18next";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { PushPicker } from "../PushPicker";
import { useComposer } from "../useComposer";
import { PackagePicker } from "./PackagePicker";

/** Who is left out of the target. */
export function Exclusions() {
  const { t } = useTranslation("composer");
  const { form, change, faults } = useComposer();
  const { packageId, pushId } = form.exclusion;
  const used = packageId !== null || Boolean(pushId);
  return (
    <details className={styles.details} open={used || Boolean(faults.excludedPush) || undefined}>
      <summary>{t("exclusion.title")}</summary>
      <div className={styles.columns}>
        <Field name="excludedPush" label={t("exclusion.push")} help={t("exclusion.pushHelp")}>
          {(control) => (
            <PushPicker control={control} value={pushId} onChange={(pushId) => change("exclusion", { pushId })} />
          )}
        </Field>
        <PackagePicker
          label={t("exclusion.package")}
          help={t("exclusion.packageHelp")}
          value={packageId}
          onChange={(packageId) => change("exclusion", { packageId })}
        />
      </div>
    </details>
  );
}
