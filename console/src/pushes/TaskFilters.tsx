import { Button, Input, Select, Tag } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlans } from "../plans/queries";
import { type Filters, isFiltered, TARGETS, type Target } from "./filters";
import styles from "./pushes.module.css";
import { WORDS } from "./states";

interface Props {
  filters: Filters;
  /** The page is about one plan: that is not filtered away. */
  ofPlan?: boolean;
  onChange: (change: Partial<Filters>) => void;
}

const QUIET_MS = 350;

export function TaskFilters({ filters, ofPlan = false, onChange }: Props) {
  const { t } = useTranslation("pushes");
  const plans = usePlans().data ?? [];
  const planOptions = [
    { value: "", label: t("defaultPlan") },
    ...plans.map((plan) => ({ value: String(plan.plan_id), label: plan.name })),
  ];
  return (
    <>
      <search className={styles.filters}>
        <Search value={filters.search} onChange={(search) => onChange({ search })} />
        <Select
          mode="multiple"
          allowClear
          maxTagCount={1}
          maxTagPlaceholder={({ length }) => `+${length}`}
          aria-label={t("filter.status")}
          placeholder={t("filter.status")}
          value={filters.status}
          options={WORDS.map((word) => ({ value: word, label: t(`status.${word}`) }))}
          onChange={(status) => onChange({ status })}
        />
        <Select
          mode="multiple"
          allowClear
          maxTagCount={1}
          maxTagPlaceholder={({ length }) => `+${length}`}
          popupMatchSelectWidth={false}
          aria-label={t("filter.target")}
          placeholder={t("filter.target")}
          value={filters.target}
          options={(Object.keys(TARGETS) as Target[]).map((target) => ({
            value: target,
            label: t(`target.${target}`),
          }))}
          onChange={(target) => onChange({ target })}
        />
        <Select
          allowClear
          popupMatchSelectWidth={false}
          aria-label={t("filter.type")}
          placeholder={t("filter.type")}
          value={filters.type}
          options={(["notify", "message"] as const).map((type) => ({ value: type, label: t(`type.${type}`) }))}
          onChange={(type) => onChange({ type })}
        />
        {!ofPlan && (
          <Select
            allowClear
            showSearch={{ optionFilterProp: "label" }}
            popupMatchSelectWidth={false}
            aria-label={t("filter.plan")}
            placeholder={t("filter.plan")}
            value={filters.plan}
            options={planOptions}
            onChange={(plan) => onChange({ plan })}
          />
        )}
      </search>
      {isFiltered(ofPlan ? { ...filters, plan: undefined } : filters) && (
        <div className={styles.applied}>
          {filters.package && (
            <Tag closable onClose={() => onChange({ package: undefined })}>
              {t("filter.package", { id: filters.package })}
            </Tag>
          )}
          <Button type="link" size="small" onClick={() => onChange(none(ofPlan ? filters.plan : undefined))}>
            {t("filter.clear")}
          </Button>
        </div>
      )}
    </>
  );
}

function none(plan: string | undefined): Partial<Filters> {
  return { status: [], target: [], type: undefined, plan, package: undefined, search: "" };
}

/** Asks when one has stopped typing, or at once with Enter. */
function Search({ value, onChange }: { value: string; onChange: (search: string) => void }) {
  const { t } = useTranslation("pushes");
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), QUIET_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Input.Search
      className={styles.search}
      allowClear
      maxLength={200}
      aria-label={t("filter.search")}
      placeholder={t("filter.search")}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onSearch={(search) => onChange(search.trim())}
    />
  );
}
