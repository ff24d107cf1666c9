import { Alert, Progress as Bar } from "antd";
import { useTranslation } from "react-i18next";
import type { Liveness } from "../api/events";
import { useSentence } from "../shell/useWords";
import { useNumbers } from "../words/Count";
import { useTimes } from "../words/Time";
import type { Done } from "./Actions";
import details from "./details.module.css";
import type { Progress, Push } from "./queries";
import { StateTag } from "./StateTag";
import { meaning } from "./states";

interface Props {
  push: Push;
  progress: Progress;
  liveness: Liveness;
  /** What has just been done here, and where that cut it. */
  done?: Done;
}

/** How it stands, in one sentence, as it happens. */
export function Standing({ push, progress, liveness, done }: Props) {
  const { t } = useTranslation("pushes");
  const lead = useLead(push, progress);
  const { planned, sent } = progress.total;
  const word = meaning(progress.state).word;
  return (
    <section className={`panel ${details.standing}`} aria-label={t("column.status")}>
      <div className={details.standingHead}>
        <span className={details.word}>
          <StateTag state={progress.state} />
        </span>
        <span className="quiet">
          <span className={details.live} data-liveness={liveness} aria-hidden />
          {t(`details.${liveness}`)}
        </span>
      </div>
      <p className={details.lead} aria-live="polite">
        {lead}
      </p>
      {(word === "sending" || word === "paused") && planned > 0 && (
        <Bar percent={(100 * sent) / planned} showInfo={false} size="small" aria-label={lead} />
      )}
      {done && <CutSaid done={done} />}
    </section>
  );
}

function useLead(push: Push, progress: Progress): string {
  const { t } = useTranslation("pushes");
  const numbers = useNumbers();
  const times = useTimes();
  const sentence = useSentence();
  const { planned, sent } = progress.total;
  const word = meaning(progress.state).word;
  const counts = { sent: numbers.count(sent), planned: numbers.count(planned), rest: numbers.count(planned - sent) };
  switch (word) {
    case "scheduled":
      return t("details.lead.scheduled", { time: times.dateTimeAndZone(push.due) });
    case "preparing":
      return t("details.lead.preparing");
    case "sending":
    case "paused":
      return t(`details.lead.${word}`, counts);
    case "failed":
      return t("details.lead.failed", { failure: sentence(progress.failure || push.failure) });
    case "cancelled":
      return t("details.lead.cancelled");
    case "finished": {
      const stillOwed = planned > sent && push.expires_at && Date.parse(push.expires_at) > Date.now();
      if (!stillOwed || !push.expires_at) return t("details.lead.finished", counts);
      return t("details.lead.finishedAway", { ...counts, away: counts.rest, time: times.dateTime(push.expires_at) });
    }
    default:
      return t("details.lead.ended", counts);
  }
}

const CUTS = { stop: "stopped", revoke: "recalled", pause: "paused", resume: "resumed" } as const;

function CutSaid({ done: { deed, cut } }: { done: Done }) {
  const { t } = useTranslation("pushes");
  const numbers = useNumbers();
  if (deed === "cancel") return null;
  const counts = { sent: numbers.count(cut.sent), rest: numbers.count(cut.not_sent) };
  return (
    <Alert
      role="status"
      type="info"
      showIcon
      title={t(`details.cut.${CUTS[deed]}`, counts)}
      description={cut.final ? undefined : t("details.cut.open")}
    />
  );
}
