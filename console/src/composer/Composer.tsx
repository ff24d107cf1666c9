import { App, Button } from "antd";
import { lazy, Suspense, useCallback, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useApplication } from "../api/products";
import { PageHeader } from "../shell/PageHeader";
import { AdvancedStep } from "./advanced/AdvancedStep";
import { Bar } from "./Bar";
import styles from "./composer.module.css";
import { faultsOf } from "./faults";
import { EMPTY, type Form, isEmpty, type Part, reduce } from "./form";
import { MessageStep } from "./message/MessageStep";
import { type NewPush, newPush, previewRequest } from "./newPush";
import { PhonePreview } from "./phone/PhonePreview";
import { PlanStep } from "./plan/PlanStep";
import { wallClock } from "./schedule";
import { TimeStep } from "./schedule/TimeStep";
import { TargetStep } from "./target/TargetStep";
import { TrialStep } from "./trial/TrialStep";
import { useAudience } from "./useAudience";
import { ComposerContext } from "./useComposer";
import { useDraft } from "./useDraft";

const ConfirmDialog = lazy(() => import("./confirm/ConfirmDialog"));

interface Props {
  initial: Form;
  notice?: React.ReactNode;
}

/** The page with its form: seven steps, the phone beside them, and what is to be sent at the bottom. */
export function Composer({ initial, notice }: Props) {
  const { t } = useTranslation("composer");
  const navigate = useNavigate();
  const { modal, message: toast } = App.useApp();
  const application = useApplication();
  const { access_id: accessId, timezone } = application;
  const platform = application.platform === "ios" ? "ios" : "android";
  const [form, dispatch] = useReducer(reduce, initial);
  const [checking, setChecking] = useState(false);
  const [confirming, setConfirming] = useState<NewPush | null>(null);
  const draft = useDraft(accessId, form);
  const audience = useAudience(accessId, previewRequest(form, platform));

  const change = useCallback(<P extends Part>(part: P, values: Partial<Form[P]>) => {
    dispatch({ part, values } as Parameters<typeof dispatch>[0]);
  }, []);
  const faults = checking ? faultsOf(form, platform, wallClock(new Date(), timezone)) : {};
  const composer = { accessId, platform, timezone, form, change, faults, audience } as const;

  function preview() {
    setChecking(true);
    if (Object.keys(faultsOf(form, platform, wallClock(new Date(), timezone))).length) {
      requestAnimationFrame(showFirstFault);
      return;
    }
    setConfirming(newPush(form, platform));
  }

  function startAnew() {
    modal.confirm({
      title: t("anew.title"),
      content: t("anew.text"),
      okText: t("anew.yes"),
      onOk: () => {
        setChecking(false);
        dispatch({ replaced: EMPTY });
      },
    });
  }

  async function created(pushIds: number[]) {
    await draft.forget();
    const base = `/apps/${accessId}/pushes`;
    if (pushIds.length === 1) return navigate(`${base}/${pushIds[0]}`);
    toast.success(t("createdMany", { count: pushIds.length }));
    return navigate(base);
  }

  return (
    <ComposerContext value={composer}>
      <PageHeader
        title={t("title")}
        help={t("help")}
        actions={!isEmpty(form) && <Button onClick={startAnew}>{t("anew.action")}</Button>}
      />
      {notice}
      <div className={styles.page}>
        <div className={styles.steps}>
          <MessageStep />
          <PlanStep />
          <TimeStep />
          <TargetStep />
          <AdvancedStep />
          <TrialStep />
        </div>
        <aside className={styles.aside}>
          <PhonePreview form={form} platform={platform} />
        </aside>
      </div>
      <Bar draft={draft.state} onPreview={preview} />
      {confirming && (
        <Suspense>
          <ConfirmDialog wanted={confirming} onBack={() => setConfirming(null)} onCreated={created} />
        </Suspense>
      )}
    </ComposerContext>
  );
}

/** Where the first thing is that must be put right. */
function showFirstFault() {
  const [fault] = document.querySelectorAll<HTMLElement>("[data-fault]");
  fault?.closest("details")?.setAttribute("open", "");
  fault?.scrollIntoView({ block: "center" });
  (fault?.querySelector<HTMLElement>("input, textarea, select") ?? fault)?.focus({ preventScroll: true });
}
