import { App, Button, Form, Input, InputNumber, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { type PushControls, useSetControls } from "../api/applications";
import { may, useApplication } from "../api/products";
import { Trouble } from "../shell/Loaded";
import { type ControlValues, controlsOf, valuesOf } from "./values";

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

/** What the application allows of its pushes; everything is off until it is switched on. */
export function Controls({ controls }: { controls: PushControls }) {
  const { t } = useTranslation("settings");
  const { message } = App.useApp();
  const { access_id, role, timezone } = useApplication();
  const [form] = Form.useForm<ControlValues>();
  const set = useSetControls(access_id);
  const capped = Form.useWatch("capped", form) ?? Boolean(controls.daily_cap);
  const limited = Form.useWatch("limited", form) ?? Boolean(controls.allowed_hours);
  const operates = may(role, "operator");
  const clock = [{ required: true, pattern: CLOCK, message: t("clockNeeded") }];

  function save(values: ControlValues) {
    set.mutate(controlsOf(values, controls), { onSuccess: () => message.success(t("saved")) });
  }

  return (
    <div className="panel" style={{ maxWidth: 640 }}>
      <Form form={form} layout="vertical" disabled={!operates} initialValues={valuesOf(controls)} onFinish={save}>
        <Form.Item name="capped" label={t("cap")} extra={t("capHelp")} valuePropName="checked">
          <Switch />
        </Form.Item>
        {capped && (
          <Form.Item name="notifications" label={t("notifications")}>
            <InputNumber min={1} max={100} />
          </Form.Item>
        )}
        <Form.Item name="deduplicate" label={t("deduplicate")} extra={t("deduplicateHelp")} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item name="limited" label={t("hours")} extra={t("hoursHelp", { timezone })} valuePropName="checked">
          <Switch />
        </Form.Item>
        {limited && (
          <div style={{ display: "flex", gap: 16 }}>
            <Form.Item name="start" label={t("from")} rules={clock}>
              <Input placeholder="08:00" inputMode="numeric" style={{ width: 100 }} />
            </Form.Item>
            <Form.Item name="end" label={t("until")} rules={clock}>
              <Input placeholder="22:00" inputMode="numeric" style={{ width: 100 }} />
            </Form.Item>
          </div>
        )}
        {set.isError && (
          <Form.Item>
            <Trouble error={set.error} />
          </Form.Item>
        )}
        {operates && (
          <Button type="primary" htmlType="submit" loading={set.isPending}>
            {t("save")}
          </Button>
        )}
      </Form>
    </div>
  );
}
