import { useTranslation } from "react-i18next";
import { useNumbers } from "../words/Count";
import details from "./details.module.css";
import type { StageCounts } from "./queries";

interface Props {
  total: StageCounts;
  title?: string;
}

/** Planned to clicked as bars of one scale, each with its rate of the stage before. */
export function Funnel({ total, title }: Props) {
  const { t } = useTranslation("pushes");
  const numbers = useNumbers();
  const { planned, sent, arrived, clicked, cleared } = total;
  const stages = [
    { name: "planned", value: planned, rate: "" },
    { name: "sent", value: sent, rate: t("funnel.ofPlanned", { share: numbers.share(sent, planned) }) },
    { name: "reached", value: arrived, rate: t("funnel.ofSent", { share: numbers.share(arrived, sent) }) },
    { name: "clicked", value: clicked, rate: t("funnel.ofReached", { share: numbers.share(clicked, arrived) }) },
    { name: "cleared", value: cleared, rate: t("funnel.ofReachedCleared", { share: numbers.share(cleared, arrived) }) },
  ] as const;
  const most = Math.max(...stages.map((stage) => stage.value), 1);
  return (
    <section className="panel" aria-label={title ?? t("funnel.title")}>
      <h2 className={details.heading}>{title ?? t("funnel.title")}</h2>
      <ol className={details.funnel}>
        {stages.map(({ name, value, rate }) => (
          <li key={name} data-stage={name}>
            <span className={details.stage}>{t(`column.${name}`)}</span>
            <span className={details.track} aria-hidden>
              <span className={details.bar} style={{ inlineSize: `${(100 * value) / most}%` }} />
            </span>
            <span className={details.figure}>{numbers.count(value)}</span>
            <span className={details.rate}>{rate}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
