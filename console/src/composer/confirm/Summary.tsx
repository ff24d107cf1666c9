import { useTranslation } from "react-i18next";
import { Trouble } from "../../shell/Loaded";
import { ChannelForecast } from "../ChannelForecast";
import styles from "../composer.module.css";
import type { NewPush } from "../newPush";
import { PhonePreview } from "../phone/PhonePreview";
import { ReachFigures } from "../target/ReachFigures";
import { reachOf } from "../useAudience";
import { useComposer } from "../useComposer";
import own from "./confirm.module.css";
import { useSummary } from "./useSummary";

/** The push in plain words: who, what, when, how. */
export function Summary({ wanted }: { wanted: NewPush }) {
  const { t } = useTranslation("composer");
  const { form, platform, audience } = useComposer();
  const summary = useSummary(wanted);
  const result = audience.data?.result;
  return (
    <div className={own.summary}>
      <p className={own.headline} role="status">
        {audience.isFetching ? t("confirm.counting") : summary.headline}
      </p>
      {audience.isError && <Trouble error={audience.error} onRetry={() => audience.refetch()} />}
      {result && reachOf(result, wanted.every_device).planned === 0 && (
        <p className={styles.warning}>{t("confirm.nobody")}</p>
      )}
      <div className={own.summaryBody}>
        <dl className={own.facts}>
          {summary.facts.map(({ name, words }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{words}</dd>
            </div>
          ))}
          {result && (
            <>
              <div>
                <dt>{t("confirm.channels")}</dt>
                <dd>
                  <ReachFigures reach={reachOf(result, wanted.every_device)} />
                </dd>
              </div>
              <div>
                <dt>{t("confirm.forecast")}</dt>
                <dd>
                  <ChannelForecast />
                </dd>
              </div>
            </>
          )}
        </dl>
        <div className={own.summaryPhone}>
          <PhonePreview form={form} platform={platform} bare />
        </div>
      </div>
    </div>
  );
}
