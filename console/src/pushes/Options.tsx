import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useApplication } from "../api/products";
import { useNumbers } from "../words/Count";
import { Time } from "../words/Time";
import { Facts } from "./Facts";
import type { Push } from "./queries";
import { usePushWords } from "./words";

/** How it was to be sent. */
export function Options({ push }: { push: Push }) {
  const { t } = useTranslation("pushes");
  const { access_id } = useApplication();
  const { channel } = usePushWords();
  const numbers = useNumbers();
  const plan = push.plan_id ? push.plan_name || push.plan_id : t("defaultPlan");
  const speed = t("options.perSecond", { speed: numbers.count(push.push_speed) });
  return (
    <Facts
      title={t("options.title")}
      facts={[
        { name: t("options.plan"), value: <Link to={`/apps/${access_id}/plans/${push.plan_id || 0}`}>{plan}</Link> },
        { name: t("options.created"), value: <Time at={push.created_at} /> },
        !push.started_at && { name: t("options.due"), value: <Time at={push.due} /> },
        push.started_at && { name: t("options.started"), value: <Time at={push.started_at} /> },
        push.finished_at && { name: t("options.finished"), value: <Time at={push.finished_at} /> },
        push.expire_seconds
          ? push.expires_at && { name: t("options.keptUntil"), value: <Time at={push.expires_at} /> }
          : { name: t("options.keptUntil"), value: t("options.onlineOnly") },
        { name: t("options.speed"), value: push.push_speed ? speed : t("options.unlimited") },
        { name: t("options.environment"), value: t(push.environment === "dev" ? "options.dev" : "options.product") },
        push.collapse_id && { name: t("options.collapse"), value: push.collapse_id },
        push.disabled_channels.length && {
          name: t("options.without"),
          value: push.disabled_channels.map(channel).join(", "),
        },
      ]}
    />
  );
}
