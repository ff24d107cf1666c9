import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { keys } from "../api/queries";
import type { components } from "../api/schema";
import { useLanguage } from "../shell/useLanguage";
import { useSentence } from "../shell/useWords";
import { useNumbers } from "../words/Count";
import { roughly } from "../words/numbers";
import styles from "./channels.module.css";
import { linesOf, type Piece } from "./forecastLines";
import { useChannelName } from "./useChannelName";

interface Props {
  accessId: number;
  wanted: components["schemas"]["ForecastRequest"];
  /** Has the place no heading of its own? */
  titled?: boolean;
}

/** Channel by channel: how many devices, how long it takes, what goes over the own channel instead and why. */
export default function Forecast({ accessId, wanted, titled }: Props) {
  const { t } = useTranslation("channels");
  const numbers = useNumbers();
  const nameOf = useChannelName();
  const pieceWords = usePieceWords();
  const planned = Object.values(wanted.channels).some((devices) => devices);
  const forecast = useQuery({
    queryKey: keys.of(accessId, "forecast", wanted),
    queryFn: ({ signal }) =>
      answer(
        api.POST("/apps/{access_id}/forecast", { params: { path: { access_id: accessId } }, body: wanted, signal }),
      ),
    enabled: planned,
    placeholderData: keepPreviousData,
  });
  if (!forecast.data || !planned) return null;
  return (
    <>
      {titled && <p className={styles.heading}>{t("forecast.title")}</p>}
      <ul className={styles.forecast} aria-label={t("forecast.title")}>
        {linesOf(forecast.data, wanted.channels).map(({ channel, devices, pieces }) => (
          <li key={channel} data-odd={pieces.some(isOdd)}>
            {[t("forecast.devices", { channel: nameOf(channel), shown: numbers.count(devices), count: devices })]
              .concat(pieces.map(pieceWords))
              .join(t("forecast.join"))}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Something that one would not expect. */
function isOdd({ kind }: Piece): boolean {
  return kind !== "takes" && kind !== "ahead";
}

function usePieceWords() {
  const { t } = useTranslation("channels");
  const numbers = useNumbers();
  const { locale } = useLanguage();
  const sentence = useSentence();
  return (piece: Piece): string => {
    switch (piece.kind) {
      case "takes":
        return t("forecast.takes", {
          time: roughly(piece.seconds, locale),
          rate: numbers.count(piece.perSecond),
        });
      case "ahead":
        return t("forecast.ahead", { devices: numbers.count(piece.devices) });
      case "overQuota":
        return t("forecast.overQuota", { devices: numbers.count(piece.devices), messageClass: piece.messageClass });
      case "refused":
      case "stopped":
        return t(`forecast.${piece.kind}`, { reason: sentence(piece.reason) });
      case "notSetUp":
        return t("forecast.notSetUp");
    }
  };
}
