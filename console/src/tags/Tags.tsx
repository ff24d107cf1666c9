import { App, Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import { TAG_PAGE, type TagList, useDeleteTag, useTags } from "../api/tags";
import { DANGER } from "../shell/danger";
import { EmptyState } from "../shell/EmptyState";
import { Loaded } from "../shell/Loaded";
import { type Column, RowTable } from "../tables/RowTable";
import { Count, useNumbers } from "../words/Count";
import { useTimes } from "../words/Time";

type Tag = TagList["tags"][number];

/** Custom tags by name, with who carries them. */
export function Tags() {
  const { t } = useTranslation("tags");
  const { access_id } = useApplication();
  const [search, setSearch] = useState("");
  const [trail, setTrail] = useState<string[]>([]);
  const tags = useTags(access_id, search, trail.at(-1) ?? "");

  function find(text: string) {
    setSearch(text);
    setTrail([]);
  }

  return (
    <>
      <Input.Search
        allowClear
        placeholder={t("search")}
        aria-label={t("search")}
        style={{ maxWidth: 400, marginBottom: 16 }}
        onSearch={find}
      />
      <Loaded query={tags}>
        {(found) =>
          found.tags.length || search || trail.length ? (
            <TagTable found={found} trail={trail} onTrail={setTrail} />
          ) : (
            <EmptyState title={t("empty.title")}>{t("empty.text")}</EmptyState>
          )
        }
      </Loaded>
    </>
  );
}

interface TableProps {
  found: TagList;
  trail: string[];
  onTrail: (trail: string[]) => void;
}

function TagTable({ found, trail, onTrail }: TableProps) {
  const { t } = useTranslation(["tags", "shell"]);
  const { role } = useApplication();
  const numbers = useNumbers();
  const times = useTimes();
  const last = found.tags.at(-1);
  const columns: Column<Tag>[] = [
    { key: "tag", title: t("tag"), render: ({ tag }) => tag },
    {
      key: "devices",
      title: t("devices"),
      width: 110,
      numeric: true,
      render: ({ devices }) => (devices === null ? "–" : <Count of={devices} />),
    },
  ];
  if (may(role, "operator"))
    columns.push({
      key: "actions",
      title: <span className="sr-only">{t("actions")}</span>,
      width: 104,
      numeric: true,
      render: ({ tag }) => <DeleteTag tag={tag} />,
    });
  return (
    <>
      <p className="quiet">
        {t("count", { count: found.total, shown: numbers.count(found.total) })}
        {found.counted_at && ` · ${t("countedAt", { time: times.dateTime(found.counted_at) })}`}
      </p>
      {found.tags.length ? (
        <RowTable label={t("tags")} columns={columns} rows={found.tags} keyOf={({ tag }) => tag} />
      ) : (
        <p>{t("nothing")}</p>
      )}
      {(trail.length > 0 || found.tags.length >= TAG_PAGE) && (
        <nav className="pager" aria-label={t("shell:pager.label")}>
          <Button disabled={!trail.length} onClick={() => onTrail(trail.slice(0, -1))}>
            {t("previous")}
          </Button>
          <Button disabled={found.tags.length < TAG_PAGE} onClick={() => last && onTrail([...trail, last.tag])}>
            {t("next")}
          </Button>
        </nav>
      )}
    </>
  );
}

function DeleteTag({ tag }: { tag: string }) {
  const { t } = useTranslation("tags");
  const { access_id } = useApplication();
  const { modal } = App.useApp();
  const remove = useDeleteTag(access_id);

  function ask() {
    modal.confirm({
      title: t("deleteTitle", { tag }),
      content: t("deleteHelp"),
      okText: t("delete"),
      ...DANGER,
      onOk: () => remove.mutateAsync(tag),
    });
  }

  return (
    <Button type="text" size="small" danger onClick={ask} aria-label={t("deleteTitle", { tag })}>
      {t("delete")}
    </Button>
  );
}
