import { Button, Form, Input, Pagination } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { AccountTypeSelect } from "../accounts/AccountTypeSelect";
import { useAccountType } from "../accounts/useAccountType";
import { useApplication } from "../api/products";
import { Channel } from "../channels/Channel";
import { Loaded } from "../shell/Loaded";
import { RowTable } from "../tables/RowTable";
import { Time, useTimes } from "../words/Time";
import styles from "./devices.module.css";
import { type AccountDevice, type AccountDevices, DEVICES_A_PAGE, useAccountDevices } from "./queries";
import { ReachTag } from "./ReachTag";
import { Verdict } from "./Verdict";

interface Asked {
  account: string;
  type?: number | null;
}

/** Which devices has this account? */
export default function AccountQuery() {
  const { t } = useTranslation("devices");
  const [search, setSearch] = useSearchParams();
  const account = search.get("account") ?? "";
  const type = Number(search.get("type")) || 0;

  function ask({ account, type }: Asked) {
    setSearch({ account: account.trim(), ...(type && { type: String(type) }) });
  }

  return (
    <>
      <p className="quiet">{t("account.help")}</p>
      <Form<Asked>
        key={`${account} ${type}`}
        layout="vertical"
        requiredMark={false}
        className={styles.question}
        initialValues={{ account, type }}
        onFinish={ask}
      >
        <Form.Item
          name="account"
          label={t("account.account")}
          rules={[{ required: true, message: t("account.needed") }]}
        >
          <Input maxLength={200} autoComplete="off" allowClear />
        </Form.Item>
        <Form.Item name="type" label={t("account.type")} className={styles.narrow}>
          <AccountTypeSelect />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          {t("find")}
        </Button>
      </Form>
      {account && <Answer account={account} type={type} />}
    </>
  );
}

function Answer({ account, type }: { account: string; type: number }) {
  const { access_id } = useApplication();
  const [search, setSearch] = useSearchParams();
  const page = Number(search.get("page")) || 1;
  const query = useAccountDevices(access_id, account, type, page);

  function turn(page: number) {
    const wanted = new URLSearchParams(search);
    wanted.set("page", String(page));
    setSearch(wanted);
  }

  return (
    <Loaded query={query}>
      {(found) => (
        <>
          {page === 1 && <AccountVerdict found={found} type={type} />}
          {found.total > 0 && <Devices devices={found.devices} busy={query.isPlaceholderData} />}
          {found.total > DEVICES_A_PAGE && (
            <Pagination
              className={styles.pages}
              current={page}
              total={found.total}
              pageSize={DEVICES_A_PAGE}
              showSizeChanger={false}
              onChange={turn}
            />
          )}
        </>
      )}
    </Loaded>
  );
}

function AccountVerdict({ found, type }: { found: AccountDevices; type: number }) {
  const { t } = useTranslation("devices");
  const words = useAccountType();
  if (!found.total)
    return <Verdict tone="warn" title={t("account.none", { type: words(type) })} what={t("account.noneWhat")} />;
  const count = t("account.count", { count: found.total });
  const recent = found.devices.find(({ reach }) => reach === "reachable" || reach === "opted_out");
  if (!recent)
    return <Verdict tone="bad" title={`${count} ${t("account.unreachable")}`} what={t("account.unreachableWhat")} />;
  const name = [recent.brand, recent.model].filter(Boolean).join(" ") || recent.token;
  const optedOut = recent.reach === "opted_out";
  return (
    <Verdict
      tone={optedOut ? "warn" : "good"}
      title={`${count} ${t(optedOut ? "account.optedOut" : "account.reached", { name })}`}
      what={t(optedOut ? "account.optedOutWhat" : "account.reachedWhat")}
    />
  );
}

function Devices({ devices, busy }: { devices: AccountDevice[]; busy: boolean }) {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const times = useTimes();
  return (
    <RowTable
      label={t("account.devices")}
      rows={devices}
      keyOf={({ token }) => token}
      busy={busy}
      minWidth={956}
      columns={[
        {
          key: "token",
          title: t("token"),
          width: 326,
          render: ({ token }) => (
            <Link to={`/apps/${access_id}/devices/${token}`} className="mono">
              {token}
            </Link>
          ),
        },
        {
          key: "device",
          title: t("device"),
          render: ({ brand, model }) => [brand, model].filter(Boolean).join(" ") || "–",
        },
        { key: "channel", title: t("channel"), width: 110, render: ({ channel }) => <Channel name={channel} /> },
        { key: "bound", title: t("boundAt"), width: 196, render: ({ bound_at }) => <Time at={bound_at} /> },
        { key: "seen", title: t("lastSeen"), width: 136, render: (one) => times.calendarDay(one.last_seen_day) },
        { key: "reach", title: t("state"), width: 130, render: ({ reach }) => <ReachTag reach={reach} /> },
      ]}
    />
  );
}
