import { useTranslation } from "react-i18next";
import { useApplication } from "../api/products";
import type { Platform } from "../composer/form";
import { fromPush } from "../composer/fromPush";
import { PhonePreview } from "../composer/phone/PhonePreview";
import details from "./details.module.css";
import type { Push } from "./queries";

/** What it says, as a phone shows it. */
export function Message({ push }: { push: Push }) {
  const { t } = useTranslation("pushes");
  const application = useApplication();
  const platform: Platform = application.platform === "ios" ? "ios" : "android";
  return (
    <section className="panel" aria-label={t("message.title")}>
      <h2 className={details.heading}>{t("message.title")}</h2>
      <PhonePreview form={fromPush(push, platform, new Date(), application.timezone)} platform={platform} short />
      <details className={details.payloadFrame}>
        <summary className="quiet">{t("message.payload")}</summary>
        <pre className={details.payload}>{JSON.stringify(push.message, null, 2)}</pre>
      </details>
    </section>
  );
}
