import { AndroidOutlined, AppleOutlined } from "@ant-design/icons";
import { Tag } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Application, may, type Role } from "../api/products";
import styles from "./products.module.css";

const ChannelHint = lazy(() => import("./ChannelHint")); // the list shows sooner

/** Above the rows; on a phone each row stands for itself. */
export function RowHeads() {
  const { t } = useTranslation("products");
  return (
    <div className={styles.heads} aria-hidden>
      <span>{t("application")}</span>
      <span>{t("channels")}</span>
      <span>{t("operation")}</span>
    </div>
  );
}

export function ApplicationRow({ application }: { application: Application }) {
  const { t } = useTranslation(["products", "shell"]);
  const base = `/apps/${application.access_id}`;
  const ios = application.platform === "ios";
  return (
    <li className={styles.application}>
      <div className={styles.name}>
        <span className={styles.platform} title={t(`shell:platform.${ios ? "ios" : "android"}`)}>
          {ios ? <AppleOutlined /> : <AndroidOutlined />}
          <span className="sr-only">{t(`shell:platform.${ios ? "ios" : "android"}`)}</span>
        </span>
        <div>
          <Link to={`${base}/overview`}>{application.name}</Link> {application.disabled && <Tag>{t("disabled")}</Tag>}
          <div className="quiet">
            {t("accessId")} <span className="mono">{application.access_id}</span> ·{" "}
            {t(`role.${application.role as Role}`)}
          </div>
        </div>
      </div>
      <div className={styles.channels}>
        <Suspense>
          <ChannelHint accessId={application.access_id} />
        </Suspense>
      </div>
      <nav className={styles.links} aria-label={`${t("operation")}: ${application.name}`}>
        {may(application.role, "operator") && <Link to={`${base}/pushes/new`}>{t("createPush")}</Link>}
        <Link to={`${base}/pushes`}>{t("pushes")}</Link>
        <Link to={`${base}/settings`}>{t("settings")}</Link>
      </nav>
    </li>
  );
}
