import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import { type AuditEntry, useMembers } from "../api/members";
import { useProducts } from "../api/products";
import { usePages } from "../api/usePages";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { Pager } from "../shell/Pager";
import styles from "./audit.module.css";
import { ACTIONS, useDeed } from "./deeds";
import { Entries } from "./Entries";

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
      <Loaded query={pages.query}>{() => <Entries entries={pages.rows} busy={pages.query.isPlaceholderData} />}</Loaded>
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
    <div className={styles.filters}>
      {(["member", "app", "action"] as const).map((name) => (
        <Select
          key={name}
          aria-label={t(`filter.${name}`)}
          placeholder={t(`filter.${name}`)}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          options={choices[name]}
          value={search.get(name) ?? undefined}
          onChange={(value?: string) => onChoose(name, value)}
        />
      ))}
    </div>
  );
}
