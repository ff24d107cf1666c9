import { useTranslation } from "react-i18next";
import { useApplication } from "../api/products";
import { useChannelName } from "../channels/useChannelName";
import { usePushWords } from "../pushes/words";
import { Loaded } from "../shell/Loaded";
import { useLanguage } from "../shell/useLanguage";
import { useTimes } from "../words/Time";
import { Connection } from "./Connection";
import { type Delivery, useDelivery } from "./queries";
import { type Tone, Verdict } from "./Verdict";

type Standing = Delivery["standing"];

const TONES: Record<Standing, Tone> = {
  not_started: "wait",
  not_made: "bad",
  no_target: "warn",
  under_way: "wait",
  waiting: "wait",
  sent: "wait",
  failed: "bad",
  missed: "bad",
  withdrawn: "warn",
  arrived: "good",
  shown: "good",
  clicked: "good",
  cleared: "good",
};

/** Of these it helps to know whether the device is there. */
const OUTSTANDING: Standing[] = ["under_way", "waiting", "sent"];

/** What became of a push on a device, in words. */
export function DeliveryVerdict({ token, pushId }: { token: string; pushId: string }) {
  const { access_id } = useApplication();
  const query = useDelivery(access_id, token, pushId);
  return <Loaded query={query}>{(delivery) => <Told delivery={delivery} token={token} />}</Loaded>;
}

function Told({ delivery, token }: { delivery: Delivery; token: string }) {
  const { t } = useTranslation("devices");
  const title = useTitle(delivery);
  const reasons = useReasons(delivery);
  const words = usePushWords().reason;
  const channelName = useChannelName();
  const { standing, steps } = delivery;
  return (
    <Verdict tone={TONES[standing]} title={title} what={t(`standing.${standing}.what`)}>
      {reasons.length > 0 && (
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {steps.length > 0 && (
        <>
          <p>{t("steps")}</p>
          <ol>
            {steps.map(({ channel, reason }, position) => (
              <li key={position}>
                {t("step", { channel: channelName(channel), reason: words(reason) || t("noReason") })}
              </li>
            ))}
          </ol>
        </>
      )}
      {OUTSTANDING.includes(standing) && (
        <p>
          <Connection token={token} />
        </p>
      )}
    </Verdict>
  );
}

function useTitle({ standing, state, channel, at, until }: Delivery): string {
  const { t } = useTranslation("devices");
  const { timezone } = useTimes();
  const { locale } = useLanguage();
  const channelName = useChannelName();
  const style = { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone: timezone } as const;
  const minute = (at: string | null) => (at ? new Intl.DateTimeFormat(locale, style).format(new Date(at)) : "");
  if (standing === "not_started" && !at) return t("standing.not_started.soon");
  if (standing === "under_way" && state === "PUSH_PAUSED") return t("standing.under_way.paused");
  if (standing === "waiting" && !until) return t("standing.waiting.always");
  return t(`standing.${standing}.title`, {
    channel: channelName(channel),
    at: minute(at),
    until: minute(until),
  });
}

/** What speaks against a device that was no target; the channel's word for a failure. */
function useReasons({ standing, reason, why_no_target }: Delivery): string[] {
  const { t, i18n } = useTranslation("devices");
  const words = usePushWords().reason;
  const given = reason ? [t("reason", { reason: words(reason) })] : [];
  if (standing !== "no_target") return given;
  const known = why_no_target.map((why) =>
    i18n.exists(`devices:against.${why}`) ? String(i18n.t(`devices:against.${why}` as never)) : why,
  );
  return [...given, ...(known.length ? known : [t("againstNothing")])];
}
