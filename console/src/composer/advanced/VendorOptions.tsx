import { Select } from "antd";
import { useTranslation } from "react-i18next";
import styles from "../composer.module.css";
import { Field } from "../Field";
import type { VendorForm } from "../form";
import { useComposer } from "../useComposer";
import own from "./advanced.module.css";
import { TextOption } from "./TextOption";
import { Toggle } from "./Toggle";

const HW_CATEGORIES = [
  ...["IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE", "DEVICE_REMINDER"],
  ...["MAIL", "PLAY_VOICE", "MARKETING"],
] as const;
type TextMember = "xmChannel" | "hwChannel" | "oppoChannel" | "fcmChannel";

/** The channels and categories that vendors sort notifications by. Fetched when it is opened. */
export default function VendorOptions() {
  const { t } = useTranslation("vendors");
  const { form, change } = useComposer();
  const { vendor } = form;
  const set = (values: Partial<VendorForm>) => change("vendor", values);
  const text = (name: TextMember, placeholder?: string) => (
    <TextOption
      label={t(name)}
      help={t(`${name}Help`)}
      placeholder={placeholder}
      value={vendor[name]}
      onChange={(value) => set({ [name]: value })}
    />
  );
  return (
    <>
      <p className="quiet">{t("help")}</p>
      <Vendor name={t("hw")}>
        <div className={styles.columns}>
          <Field label={t("hwCategory")} help={t("hwCategoryHelp")}>
            {(control) => (
              <Select
                {...control}
                allowClear
                showSearch
                style={{ width: "100%" }}
                placeholder={t("notSaid")}
                value={vendor.hwCategory || undefined}
                options={categories(vendor.hwCategory)}
                onChange={(hwCategory) => set({ hwCategory: hwCategory ?? "" })}
              />
            )}
          </Field>
          <Field label={t("hwImportance")} help={t("hwImportanceHelp")}>
            {(control) => (
              <Select
                {...control}
                style={{ width: "100%" }}
                value={vendor.hwImportance}
                options={(["", "quiet", "strong"] as const).map((value) => ({
                  value,
                  label: value ? t(value) : t("notSaid"),
                }))}
                onChange={(hwImportance) => set({ hwImportance })}
              />
            )}
          </Field>
          {text("hwChannel")}
        </div>
        <Toggle
          label={t("hwQuick")}
          help={t("hwQuickHelp")}
          checked={vendor.hwQuick}
          onChange={(hwQuick) => set({ hwQuick })}
        />
      </Vendor>
      <Vendor name={t("xm")}>{text("xmChannel", "130")}</Vendor>
      <Vendor name="OPPO">{text("oppoChannel")}</Vendor>
      <Vendor name="vivo">
        <Toggle
          label={t("vivoSystem")}
          help={t("vivoSystemHelp")}
          checked={vendor.vivoSystem}
          onChange={(vivoSystem) => set({ vivoSystem })}
        />
      </Vendor>
      <Vendor name="FCM">{text("fcmChannel")}</Vendor>
    </>
  );
}

function Vendor({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <fieldset className={`${own.plainSet} ${own.vendor}`}>
      <legend className={styles.groupLabel}>{name}</legend>
      {children}
    </fieldset>
  );
}

/** The known ones, and what an earlier push had. */
function categories(given: string) {
  return [...new Set([...HW_CATEGORIES, ...(given ? [given] : [])])].map((value) => ({ value, label: value }));
}
