import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNumbers } from "../words/Count";
import styles from "./composer.module.css";
import { reachOf } from "./useAudience";
import { useComposer } from "./useComposer";
import type { DraftState } from "./useDraft";

/** At the bottom, always in sight: whom it would reach as it stands, whether the draft is kept, Preview. */
export function Bar({ draft, onPreview }: { draft: DraftState; onPreview: () => void }) {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const { form, audience, faults } = useComposer();
  const wrong = Object.keys(faults).length;
  const result = audience.data?.result;
  const planned = result ? reachOf(result, form.target.everyDevice).planned : undefined;
  const when = t(`bar.${form.time.kind}`);
  return (
    <section className={styles.bar} aria-label={t("bar.label")}>
      <span className={styles.stepNumber} aria-hidden="true">
        7
      </span>
      <div className={styles.barWords}>
        {planned === undefined ? (
          <span className="quiet">{t(audience.isFetching ? "bar.counting" : "bar.noTarget")}</span>
        ) : (
          <span>
            <strong className="numbers">{numbers.count(planned)}</strong> {t("audience.devices", { count: planned })} ·{" "}
            {when}
          </span>
        )}
        <span className={`quiet ${styles.small}`} role="status">
          {wrong > 0 ? <span className={styles.fault}>{t("bar.wrong", { count: wrong })}</span> : t(`draft.${draft}`)}
        </span>
      </div>
      <div className={styles.barButtons}>
        <Button type="primary" size="large" onClick={onPreview}>
          {t("bar.preview")}
        </Button>
      </div>
    </section>
  );
}
