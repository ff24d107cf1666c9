import { InputNumber, Slider } from "antd";
import { useTranslation } from "react-i18next";
import { ClockInput } from "../../pickers/inputs";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { isBulk } from "../newPush";
import { useComposer } from "../useComposer";
import own from "./advanced.module.css";

const LONGEST_HOURS = 72;
const [SLOWEST, FASTEST] = [1000, 50_000];

export function DeliveryOptions() {
  const { t } = useTranslation("composer");
  const { form, change, timezone } = useComposer();
  const { speed, expireHours } = form.delivery;
  const bulk = isBulk(form);
  return (
    <>
      <div className={styles.columns}>
        <Field label={t("delivery.speed")} help={t(bulk ? "delivery.speedHelp" : "delivery.notBulk")}>
          {(control) => (
            <InputNumber
              {...control}
              style={{ width: "100%" }}
              disabled={!bulk}
              min={SLOWEST}
              max={FASTEST}
              step={1000}
              precision={0}
              suffix={t("delivery.speedUnit")}
              value={speed || null}
              onChange={(speed) => change("delivery", { speed: speed ?? 0 })}
            />
          )}
        </Field>
        <Field label={t("delivery.expiry")} help={t("delivery.expiryHelp")}>
          {(control) => (
            <div className={own.slider}>
              <Slider
                min={0}
                max={LONGEST_HOURS}
                value={expireHours}
                tooltip={{ open: false }}
                ariaLabelForHandle={t("delivery.expiry")}
                onChange={(expireHours: number) => change("delivery", { expireHours })}
              />
              <InputNumber
                {...control}
                style={{ width: 120 }}
                min={0}
                max={LONGEST_HOURS}
                suffix={t("delivery.hours")}
                value={expireHours}
                onChange={(expireHours) => change("delivery", { expireHours: expireHours ?? 24 })}
              />
            </div>
          )}
        </Field>
      </div>
      <div>
        <p className={styles.groupLabel}>{t("delivery.accept")}</p>
        <div className={styles.columns}>
          {(["acceptFrom", "acceptTo"] as const).map((hour) => (
            <Field key={hour} name={hour === "acceptFrom" ? "accept" : undefined} label={t(`delivery.${hour}`)}>
              {(control) => (
                <ClockInput
                  {...control}
                  allowClear
                  timezone={timezone}
                  value={form.delivery[hour]}
                  onChange={(clock) => change("delivery", { [hour]: clock })}
                />
              )}
            </Field>
          ))}
        </div>
        <p className={`quiet ${styles.small}`}>{t("delivery.acceptHelp")}</p>
      </div>
    </>
  );
}
