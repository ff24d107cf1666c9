import { useTranslation } from "react-i18next";
import { useNumbers } from "../words/Count";
import { useTimes } from "../words/Time";
import { Figure } from "./Figure";
import { FIGURES } from "./figures";
import styles from "./overview.module.css";
import type { Day } from "./queries";

const SHOWN = ["pushes", "sent", "reached", "clicked", "active", "registered"] as const;

/** The last whole day, with the one before beside it. */
export function Yesterday({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation("overview");
  const numbers = useNumbers();
  const times = useTimes();
  const [yesterday, before] = [days.at(-2), days.at(-3)];
  if (!yesterday) return null;
  const { total } = yesterday;

  function note(figure: (typeof SHOWN)[number]): string | undefined {
    const { sent, arrived, clicked } = total;
    if (figure === "reached" && sent) return t("yesterday.ofSent", { rate: numbers.share(arrived, sent) });
    if (figure === "clicked" && arrived) return t("yesterday.ofReached", { rate: numbers.share(clicked, arrived) });
    return before && t("yesterday.before", { value: numbers.count(FIGURES[figure](before)) });
  }

  return (
    <section className="panel" aria-labelledby="yesterday">
      <h2 id="yesterday" className={styles.heading}>
        {t("yesterday.title", { day: times.calendarDay(yesterday.day) })}
      </h2>
      <div className={styles.figures}>
        {SHOWN.map((figure) => (
          <Figure key={figure} name={t(`figure.${figure}`)} value={FIGURES[figure](yesterday)} note={note(figure)} />
        ))}
      </div>
    </section>
  );
}
