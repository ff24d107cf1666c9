import { useTranslation } from "react-i18next";
import type { components } from "../api/schema";
import { Time } from "../words/Time";
import details from "./details.module.css";
import { type Progress, type Push, useHistory } from "./queries";

type Action = components["schemas"]["PushDeed"]["action"];
const SAID = [
  "CreatePush",
  "CreateTestPush",
  "CancelPush",
  "StopPush",
  "RevokePush",
  "PausePush",
  "ResumePush",
] as const;

function isSaid(action: Action): action is (typeof SAID)[number] {
  return (SAID as readonly string[]).includes(action);
}

/** Who did what with it, and when it began and ended. */
export function History({ push, progress }: { push: Push; progress: Progress }) {
  const { t } = useTranslation("pushes");
  const deeds = useHistory(push.push_id).data ?? [];
  const events = [
    ...(push.source === "api" ? [{ at: push.created_at, text: t("history.api") }] : []),
    ...(progress.started_at ? [{ at: progress.started_at, text: t("history.started") }] : []),
    ...(progress.finished_at && progress.started_at ? [{ at: progress.finished_at, text: t("history.finished") }] : []),
    ...deeds.flatMap(({ at, action, actor }) =>
      isSaid(action) ? [{ at, text: t(`history.${action}`, { actor }) }] : [],
    ),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <section className="panel" aria-label={t("history.title")}>
      <h2 className={details.heading}>{t("history.title")}</h2>
      <ol className={details.history}>
        {events.map(({ at, text }) => (
          <li key={`${at} ${text}`}>
            <span className="quiet">
              <Time at={at} />
            </span>
            <span>{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
