import { Typography } from "antd";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import styles from "./channels.module.css";
import type { ChannelDetail } from "./queries";

const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

/** Where the vendor reports what became of messages; to be entered on its site. */
export function Receipts({ detail }: { detail: ChannelDetail }) {
  const { t } = useTranslation("channels");
  const { role } = useApplication();
  const address = detail.receipt_url;
  const near = address && LOOPBACK.test(new URL(address).hostname);
  return (
    <section aria-labelledby="receipts">
      <h3 id="receipts" className={styles.heading}>
        {t("receipts.title")}
      </h3>
      {detail.reports && address && (
        <Typography.Paragraph
          className={`mono ${styles.address}`}
          copyable={{ text: address, tooltips: [t("receipts.copy"), t("receipts.copied")] }}
        >
          {address}
        </Typography.Paragraph>
      )}
      <p className="quiet">{t(`receipts.${words()}`)}</p>
    </section>
  );

  function words() {
    if (!detail.reports) return "none" as const;
    if (!may(role, "administrator")) return "hidden" as const;
    if (!address) return "unset" as const;
    return near ? ("near" as const) : ("help" as const);
  }
}
