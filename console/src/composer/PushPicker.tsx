import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { keys } from "../api/queries";
import { useTimes } from "../words/Time";
import type { Control } from "./Field";
import { useComposer } from "./useComposer";
import { useSettled } from "./useSettled";

const OFFERED = 20;
const SETTLED_MS = 300;

interface Props {
  control: Control;
  /** A push id, or empty. */
  value: string;
  onChange: (pushId: string) => void;
  disabled?: boolean;
}

/** An earlier push, found by its title or its id. */
export function PushPicker({ control, value, onChange, disabled = false }: Props) {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const times = useTimes();
  const [typed, setTyped] = useState("");
  const search = useSettled(typed, SETTLED_MS);
  const pushes = useQuery({
    queryKey: keys.of(accessId, "pushes", "offered", search),
    queryFn: ({ signal }) => {
      const params = { path: { access_id: accessId }, query: { search, limit: OFFERED } };
      return answer(api.GET("/apps/{access_id}/pushes", { params, signal }));
    },
  });
  const options = (pushes.data ?? []).map((push) => ({
    value: String(push.push_id),
    label: `${push.title || push.push_id} · ${times.dateTime(push.created_at)} · ${push.push_id}`,
  }));
  return (
    <Select
      {...control}
      allowClear
      disabled={disabled}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      style={{ width: "100%" }}
      placeholder={t("exclusion.pushId")}
      notFoundContent={pushes.isFetching ? null : t("exclusion.noPush")}
      value={value || null}
      options={options}
      onChange={(chosen: string | undefined) => onChange(chosen ?? "")}
    />
  );
}
