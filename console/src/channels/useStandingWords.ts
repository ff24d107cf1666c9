import { useTranslation } from "react-i18next";
import { useSentence } from "../shell/useWords";
import { useTimes } from "../words/Time";
import type { Channel } from "./queries";
import { type Standing, standingOf } from "./standing";

/** A state in a word or two, and what more there is to say. */
export function useStandingWords() {
  const { t } = useTranslation("channels");
  const times = useTimes();
  const sentence = useSentence();

  function detail(standing: Standing): string {
    switch (standing.kind) {
      case "stopped":
        return t("standing.stoppedDetail", { at: times.dateTime(standing.until), reason: sentence(standing.says) });
      case "ending":
      case "ended":
        return t(`standing.${standing.kind}Detail`, { day: times.day(standing.at) });
      case "fault":
      case "refused":
      case "unanswered":
        return sentence(standing.says);
      default:
        return "";
    }
  }

  return (channel: Channel) => {
    const standing = standingOf(channel, new Date());
    return { standing, word: t(`standing.${standing.kind}`), detail: detail(standing) };
  };
}
