import { Select, Space, Table } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import { type AuditEntry, useMembers } from "../api/members";
import { useProducts } from "../api/products";
import { usePages } from "../api/usePages";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { Pager } from "../shell/Pager";
import { WideTable } from "../shell/WideTable";
import { Time } from "../words/Time";
import { ACTIONS, useDeed } from "./deeds";

export default function AuditPage() {
  const { t } = useTranslation("audit");
  const [search, setSearch] = useSearchParams();
  const wanted = {
    access_id: Number(search.get("app")) || undefined,
    member_id: Number(search.get("member")) || undefined,
    action: ACTIONS.find((action) => action === search.get("action")),
  };
  const pages = usePages<AuditEntry>({
    queryKey: ["audit", wanted],
    fetchRows: (before, limit, signal) => {
      const query = {
        access_id: wanted.access_id,
        member_id: wanted.member_id,
        action: wanted.action && [wanted.action],
        before: before as number | undefined,
        limit,
      };
      return answer(api.GET("/audit", { params: { query }, signal }));
    },
    cursorOf: (entry) => entry.audit_id,
  });

  function choose(name: string, value: string | undefined) {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next, { replace: true });
  }

  return (
    <>
      <PageHeader title={t("title")} help={t("help")} />
      <Filters search={search} onChoose={choose} />
      <Loaded query={pages.query}>{() => <Entries entries={pages.rows} />}</Loaded>
      <Pager pages={pages} />
    </>
  );
}

interface FilterProps {
  search: URLSearchParams;
  onChoose: (name: string, value: string | undefined) => void;
}

function Filters({ search, onChoose }: FilterProps) {
  const { t } = useTranslation("audit");
  const deed = useDeed();
  const members = useMembers().data ?? [];
  const applications = (useProducts().data ?? []).flatMap((product) => product.applications);
  const choices = {
    member: members.map(({ member_id, name }) => ({ value: String(member_id), label: name })),
    app: applications.map(({ access_id, name }) => ({ value: String(access_id), label: `${name} (${access_id})` })),
    action: ACTIONS.map((action) => ({ value: action, label: deed(action) })),
  };
  return (
    <Space wrap style={{ marginBottom: 16 }}>
      {(["member", "app", "action"] as const).map((name) => (
        <Select
          key={name}
          aria-label={t(`filter.${name}`)}
          placeholder={t(`filter.${name}`)}
          style={{ minWidth: 200 }}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          options={choices[name]}
          value={search.get(name) ?? undefined}
          onChange={(value?: string) => onChoose(name, value)}
        />
      ))}
    </Space>
  );
}

function Entries({ entries }: { entries: AuditEntry[] }) {
  const { t } = useTranslation("audit");
  const deed = useDeed();
  return (
    <WideTable label={t("title")}>
      <Table<AuditEntry>
        rowKey="audit_id"
        dataSource={entries}
        pagination={false}
        locale={{ emptyText: t("empty") }}
        expandable={{
          rowExpandable: (entry) => Object.keys(entry.detail).length > 0,
          expandedRowRender: (entry) => <pre className="mono">{JSON.stringify(entry.detail, null, 2)}</pre>,
        }}
        columns={[
          { title: t("at"), dataIndex: "at", render: (at: string) => <Time at={at} /> },
          { title: t("actor"), dataIndex: "actor" },
          { title: t("action"), dataIndex: "action", render: deed },
          { title: t("object"), dataIndex: "object" },
          {
            title: t("application"),
            dataIndex: "access_id",
            render: (id: number | null) => id && <span className="mono">{id}</span>,
          },
          { title: t("address"), dataIndex: "address", render: (text: string) => <span className="mono">{text}</span> },
        ]}
      />
    </WideTable>
  );
}
