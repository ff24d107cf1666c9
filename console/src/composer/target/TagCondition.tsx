import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";
import type { TagCondition } from "../form";
import { useComposer } from "../useComposer";
import { useSettled } from "../useSettled";
import own from "./target.module.css";

const OFFERED = 50;
const SETTLED_MS = 200;

export const TAG_TYPES = [
  "xg_user_define",
  "xg_auto_version",
  "xg_auto_province",
  "xg_auto_city",
  "xg_auto_country",
  "xg_auto_active",
  "xg_auto_sdkversion",
  "xg_auto_systemversion",
  "xg_auto_systemlanguage",
  "xg_auto_devicebrand",
  "xg_auto_deviceversion",
] as const;

interface Props {
  condition: TagCondition;
  onChange: (condition: TagCondition) => void;
  onDelete: (() => void) | undefined;
}

/** "Custom tag · is any of · vip, gold" */
export function Condition({ condition, onChange, onDelete }: Props) {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const [typed, setTyped] = useState("");
  const search = useSettled(typed, SETTLED_MS);
  const custom = condition.type === "xg_user_define";
  const suggested = useQuery({
    queryKey: keys.of(accessId, "tags", "offered", search),
    queryFn: ({ signal }) => {
      const params = { path: { access_id: accessId }, query: { search, limit: OFFERED } };
      return answer(api.GET("/apps/{access_id}/tags", { params, signal }));
    },
    enabled: custom,
    staleTime: 30_000,
  });
  const relation = `${condition.not ? "not" : "is"}${condition.tagsJoin === "AND" ? "All" : "Any"}` as const;
  const relations = ["isAny", "isAll", "notAny", "notAll"] as const;
  return (
    <div className={own.condition}>
      <Select
        aria-label={t("tags.type")}
        value={condition.type}
        popupMatchSelectWidth={false}
        options={TAG_TYPES.map((value) => ({ value, label: t(`tags.${value}`) }))}
        onChange={(type) => onChange({ ...condition, type, tags: [] })}
      />
      <Select
        aria-label={t("tags.relation")}
        value={relation}
        popupMatchSelectWidth={false}
        options={relations.map((value) => ({ value, label: t(`tags.${value}`) }))}
        onChange={(value) =>
          onChange({ ...condition, not: value.startsWith("not"), tagsJoin: value.endsWith("All") ? "AND" : "OR" })
        }
      />
      <Select
        mode="tags"
        aria-label={t("tags.values")}
        value={condition.tags}
        placeholder={t(custom ? "tags.valuesHelp" : `tags.sample.${condition.type as "xg_auto_city"}`)}
        tokenSeparators={custom ? [",", " ", "\n"] : ["\n"]}
        showSearch={{ onSearch: setTyped }}
        notFoundContent={null}
        options={(custom ? (suggested.data?.tags ?? []) : []).map(({ tag }) => ({ value: tag, label: tag }))}
        onChange={(tags: string[]) => onChange({ ...condition, tags })}
      />
      {onDelete && (
        <Button type="text" icon={<CloseOutlined />} aria-label={t("tags.deleteCondition")} onClick={onDelete} />
      )}
    </div>
  );
}
