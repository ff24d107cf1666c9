import { PlusOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";
import { useWords } from "../../shell/useWords";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { Step } from "../Step";
import { useComposer } from "../useComposer";

export function usePlans(accessId: number) {
  return useQuery({
    queryKey: keys.of(accessId, "plans"),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/plans", { params: { path: { access_id: accessId } }, signal })),
  });
}

export function PlanStep() {
  const { t } = useTranslation("composer");
  const { form, change, accessId } = useComposer();
  const plans = usePlans(accessId);
  const [creating, setCreating] = useState(false);
  const options = [
    { value: "", label: t("plan.default") },
    ...(plans.data ?? []).map((plan) => ({ value: plan.plan_id, label: plan.name, title: plan.description })),
  ];
  return (
    <Step number={2} title={t("plan.title")} help={t("plan.help")}>
      <Field label={t("plan.plan")}>
        {(control) => (
          <div className={styles.withButton}>
            <Select
              {...control}
              showSearch={{ optionFilterProp: "label" }}
              loading={plans.isPending}
              value={form.plan.planId}
              options={options}
              onChange={(planId) => change("plan", { planId })}
            />
            {!creating && (
              <Button icon={<PlusOutlined />} onClick={() => setCreating(true)}>
                {t("plan.create")}
              </Button>
            )}
          </div>
        )}
      </Field>
      {creating && <NewPlan onDone={() => setCreating(false)} />}
    </Step>
  );
}

function NewPlan({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("composer");
  const words = useWords();
  const { accessId, change } = useComposer();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const create = useMutation({
    meta: { quiet: true },
    mutationFn: () =>
      answer(
        api.POST("/apps/{access_id}/plans", { params: { path: { access_id: accessId } }, body: { name, description } }),
      ),
    onSuccess: async (plan) => {
      await queries.invalidateQueries({ queryKey: keys.of(accessId, "plans") });
      change("plan", { planId: plan.plan_id });
      onDone();
    },
  });
  return (
    <div className={styles.inset}>
      <div className={styles.columns}>
        <Field label={t("plan.name")}>
          {(control) => (
            <Input {...control} maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label={t("plan.description")}>
          {(control) => (
            <Input
              {...control}
              maxLength={300}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
      </div>
      {create.isError && (
        <p className={styles.fault} role="alert">
          {words(create.error)}
        </p>
      )}
      <div className={styles.buttons}>
        <Button
          type="primary"
          loading={create.isPending}
          disabled={!name.trim() || !description.trim()}
          onClick={() => create.mutate()}
        >
          {t("plan.save")}
        </Button>
        <Button type="text" onClick={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </div>
  );
}
