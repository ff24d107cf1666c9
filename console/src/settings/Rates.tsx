import { App, Button, Form, InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import { type RateSettings, type Rates as RatesNow, useSetRates } from "../api/rates";
import { Trouble } from "../shell/Loaded";
import { useNumbers } from "../words/Count";

const MOST = {
  bulk_pushes_per_second: 1000,
  repeat_window_seconds: 7 * 24 * 3600,
  statistics_per_hour: 1_000_000,
  plans_per_day: 1_000_000,
} as const satisfies Record<keyof RateSettings, number>;
const NAMES = Object.keys(MOST) as (keyof typeof MOST)[];

/** How fast the application may call. A field left empty is the server's rate, 0 is no limit. */
export function Rates({ rates }: { rates: RatesNow }) {
  const { t } = useTranslation("settings");
  const { message } = App.useApp();
  const numbers = useNumbers();
  const { access_id, role } = useApplication();
  const set = useSetRates(access_id);
  const manages = may(role, "administrator");

  /** What applies while the field is empty. */
  function usual(name: keyof RateSettings): string {
    const value = rates.server[name] ?? 0;
    return value ? t("rates.server", { value: numbers.count(value) }) : t("rates.serverNone");
  }

  return (
    <div className="panel" style={{ maxWidth: 640 }}>
      <p className="quiet" style={{ margin: "0 0 16px" }}>
        {t("rates.help")}
      </p>
      <Form<RateSettings>
        layout="vertical"
        disabled={!manages}
        initialValues={rates.own}
        onFinish={(wanted) => set.mutate(wanted, { onSuccess: () => message.success(t("saved")) })}
      >
        {NAMES.map((name) => (
          <Form.Item key={name} name={name} label={t(`rates.${name}`)} extra={t(`rates.${name}_help`)}>
            <InputNumber min={0} max={MOST[name]} precision={0} placeholder={usual(name)} style={{ width: 240 }} />
          </Form.Item>
        ))}
        {set.isError && (
          <Form.Item>
            <Trouble error={set.error} />
          </Form.Item>
        )}
        {manages && (
          <Button type="primary" htmlType="submit" loading={set.isPending}>
            {t("save")}
          </Button>
        )}
      </Form>
    </div>
  );
}
