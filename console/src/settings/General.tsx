import { App, Button, Form, Input, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import {
  type ApplicationDetail,
  type ApplicationSettings,
  useChangeApplication,
  useSetDisabled,
} from "../api/applications";
import { may } from "../api/products";
import { DANGER } from "../shell/danger";
import { Trouble } from "../shell/Loaded";
import { PackageNames } from "./PackageNames";

const ZONES = Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone, label: zone }));

/** What the application is: for administrators to change, for others to look at. */
export function General({ application }: { application: ApplicationDetail }) {
  const { t } = useTranslation("settings");
  const { message } = App.useApp();
  const change = useChangeApplication(application.access_id);
  const manages = may(application.role, "administrator");
  return (
    <div className="panel" style={{ maxWidth: 640 }}>
      <Form<ApplicationSettings>
        layout="vertical"
        disabled={!manages}
        initialValues={application}
        onFinish={(wanted) => change.mutate(wanted, { onSuccess: () => message.success(t("saved")) })}
      >
        <Form.Item label={t("accessId")}>
          <span className="mono">{application.access_id}</span>
        </Form.Item>
        <Form.Item name="name" label={t("name")} rules={[{ required: true, message: t("nameNeeded") }]}>
          <Input maxLength={100} />
        </Form.Item>
        {application.platform === "android" ? (
          <PackageNames application={application} />
        ) : (
          <Form.Item name="main_package" hidden>
            <Input />
          </Form.Item>
        )}
        <Form.Item name="timezone" label={t("timezone")} extra={t("timezoneHelp")}>
          <Select showSearch options={ZONES} />
        </Form.Item>
        <Form.Item name="allowed_networks" label={t("networks")} extra={t("networksHelp")}>
          <Select
            mode="tags"
            tokenSeparators={[",", " "]}
            placeholder="203.0.113.0/24"
            open={false}
            suffixIcon={null}
          />
        </Form.Item>
        <Form.Item name="device_binding" label={t("binding")} extra={t("bindingHelp")} valuePropName="checked">
          <Switch />
        </Form.Item>
        {change.isError && (
          <Form.Item>
            <Trouble error={change.error} />
          </Form.Item>
        )}
        {manages && (
          <Button type="primary" htmlType="submit" loading={change.isPending}>
            {t("save")}
          </Button>
        )}
      </Form>
      {manages && <Standing application={application} />}
    </div>
  );
}

function Standing({ application }: { application: ApplicationDetail }) {
  const { t } = useTranslation("settings");
  const { modal } = App.useApp();
  const set = useSetDisabled(application.access_id);

  function ask() {
    modal.confirm({
      title: t("disableTitle", { name: application.name }),
      content: t("disableHelp"),
      okText: t("disable"),
      ...DANGER,
      onOk: () => set.mutateAsync(true),
    });
  }

  return (
    <div style={{ marginTop: 32 }}>
      {application.disabled ? (
        <>
          <p>{t("isDisabled")}</p>
          <Button onClick={() => set.mutate(false)} loading={set.isPending}>
            {t("enable")}
          </Button>
        </>
      ) : (
        <Button danger onClick={ask}>
          {t("disable")}
        </Button>
      )}
    </div>
  );
}
