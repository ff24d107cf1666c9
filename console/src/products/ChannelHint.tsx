import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "../api/client";
import { keys } from "../api/queries";
import type { Channel } from "../channels/queries";
import { isPressing, standingOf, TONES } from "../channels/standing";
import { useChannelName } from "../channels/useChannelName";
import { State } from "../tables/State";
import styles from "./products.module.css";

/** Which vendors' channels an application has, and which of them somebody has to look at. Nothing until it is known. */
export default function ChannelHint({ accessId }: { accessId: number }) {
  const { t } = useTranslation("products");
  const nameOf = useChannelName();
  const query = useQuery<Channel[]>({
    queryKey: keys.of(accessId, "channels"),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/channels", { params: { path: { access_id: accessId } }, signal })),
    staleTime: 60_000,
  });
  if (!query.data) return null;
  const now = new Date();
  const known = query.data.map((channel) => ({ name: nameOf(channel.channel), standing: standingOf(channel, now) }));
  const pressing = known.filter(({ standing }) => isPressing(standing));
  const on = known.filter(
    ({ standing }) => !isPressing(standing) && standing.kind !== "absent" && standing.kind !== "off",
  );
  const path = `/apps/${accessId}/settings?show=channels`;
  const [first] = pressing;
  return (
    <Link to={path} className="quiet">
      <em className={styles.label}>{t("channels")}</em>
      {on.map(({ name }) => name).join(", ") || (!first && t("noChannels"))}
      {first && (
        <State tone={TONES[first.standing.kind]}>
          {t("lookAt", { names: pressing.map(({ name }) => name).join(", ") })}
        </State>
      )}
    </Link>
  );
}
