import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAccountType } from "../accounts/useAccountType";
import { useApplication } from "../api/products";
import { Channel } from "../channels/Channel";
import { FactList } from "../tables/FactList";
import { RowTable } from "../tables/RowTable";
import { Time, useTimes } from "../words/Time";
import styles from "./devices.module.css";
import type { Device } from "./queries";

/** What the device has told, and what was put on it. */
export default function Facts({ device }: { device: Device }) {
  const { t } = useTranslation("devices");
  return (
    <div className={styles.facts}>
      <section className="panel">
        <h2>{t("facts.title")}</h2>
        <Told device={device} />
      </section>
      <section className="panel">
        <h2>{t("facts.bindings")}</h2>
        <Bindings device={device} />
        <h2>{t("facts.tags")}</h2>
        {device.tags.length ? (
          <p>
            {device.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </p>
        ) : (
          <p className="quiet">{t("facts.noTags")}</p>
        )}
        <h2>{t("facts.attributes")}</h2>
        <Attributes attributes={device.attributes} />
      </section>
    </div>
  );
}

function Told({ device }: { device: Device }) {
  const { t } = useTranslation("devices");
  const times = useTimes();
  const said = (...texts: string[]) =>
    texts.filter(Boolean).join(" · ") || <span className="quiet">{t("facts.unknown")}</span>;
  const moment = (at: string | null) => (at ? <Time at={at} /> : "–");
  const items = {
    platform: said(t(`platform.${device.platform as "android" | "ios"}`), device.os_version),
    model: said(device.brand, device.model),
    package: said(device.package_name, device.app_version),
    sdk: said(device.sdk_version),
    language: said(device.language),
    place: said(device.country, device.province, device.city),
    ...(device.platform === "ios" && { environment: t(`environment.${device.environment as "product" | "dev"}`) }),
    channel: <Channel name={device.channel || "xg"} />,
    ...(device.channel_token && { channelToken: <span className="mono">{device.channel_token}</span> }),
    notifications: t(device.notifications ? "facts.allowed" : "facts.notAllowed"),
    registered: device.claimed
      ? moment(device.registered_at)
      : t("facts.imported", { at: times.dateTime(device.registered_at) }),
    seen: t("facts.seen", { day: times.calendarDay(device.last_seen_day) }),
    ...(device.unregistered_at && { unregistered: moment(device.unregistered_at) }),
    ...(device.uninstalled_at && { uninstalled: moment(device.uninstalled_at) }),
  };
  return (
    <FactList
      facts={Object.entries(items).map(([key, value]) => ({ name: t(`fact.${key as keyof typeof items}`), value }))}
    />
  );
}

function Bindings({ device }: { device: Device }) {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const words = useAccountType();
  if (!device.bindings.length) return <p className="quiet">{t("facts.noBindings")}</p>;
  return (
    <RowTable
      label={t("facts.bindings")}
      rows={device.bindings}
      keyOf={({ account_type }) => account_type}
      minWidth={400}
      columns={[
        {
          key: "account",
          title: t("account.account"),
          render: ({ account, account_type }) => (
            <Link
              to={`/apps/${access_id}/troubleshooting?${new URLSearchParams({ account, type: String(account_type) })}`}
            >
              {account}
            </Link>
          ),
        },
        {
          key: "type",
          title: t("account.type"),
          width: 150,
          render: ({ account_type }) => words(account_type),
        },
        { key: "bound", title: t("boundAt"), width: 190, render: ({ bound_at }) => <Time at={bound_at} /> },
      ]}
    />
  );
}

function Attributes({ attributes }: { attributes: Device["attributes"] }) {
  const { t } = useTranslation("devices");
  const entries = Object.entries(attributes);
  if (!entries.length) return <p className="quiet">{t("facts.noAttributes")}</p>;
  return (
    <dl className={styles.attributes}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt className="mono">{`{{${name}}}`}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
