import { useTranslation } from "react-i18next";
import { Count } from "../words/Count";
import details from "./details.module.css";
import type { Progress } from "./queries";
import { usePushWords } from "./words";

/** Who got nothing, or got it another way, and why. */
export function Reasons({ progress }: { progress: Progress }) {
  const { t } = useTranslation("pushes");
  const { filtered, reason } = usePushWords();
  const lists = [
    { key: "filtered", counts: progress.filtered, say: filtered },
    { key: "failed", counts: progress.failed, say: reason },
    { key: "moved", counts: progress.moved, say: reason },
  ] as const;
  const shown = lists.filter(({ counts }) => Object.keys(counts).length);
  return (
    <section className="panel" aria-label={t("reasons.title")}>
      <h2 className={details.heading}>{t("reasons.title")}</h2>
      {!shown.length && <p className={details.nothing}>{t("reasons.none")}</p>}
      {shown.map(({ key, counts, say }) => (
        <div key={key} className={details.reasons}>
          <h3>{t(`reasons.${key}`)}</h3>
          <dl>
            {Object.entries(counts)
              .sort((a, b) => b[1] - a[1])
              .map(([name, devices]) => (
                <div key={name}>
                  <dt>{say(name)}</dt>
                  <dd>
                    <Count of={devices} />
                  </dd>
                </div>
              ))}
          </dl>
        </div>
      ))}
    </section>
  );
}
