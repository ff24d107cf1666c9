import { AndroidOutlined, AppleOutlined } from "@ant-design/icons";
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Application, may, type Role } from "../api/products";
import styles from "./products.module.css";

export function ApplicationRow({ application }: { application: Application }) {
  const { t } = useTranslation(["products", "shell"]);
  const base = `/apps/${application.access_id}`;
  const ios = application.platform === "ios";
  return (
    <li className={styles.application}>
      <span className={styles.platform} title={t(`shell:platform.${ios ? "ios" : "android"}`)}>
        {ios ? <AppleOutlined /> : <AndroidOutlined />}
      </span>
      <div className={styles.name}>
        <Link to={`${base}/overview`}>{application.name}</Link>
        <span className="quiet">
          {t("accessId")} <span className="mono">{application.access_id}</span> ·{" "}
          {t(`role.${application.role as Role}`)}
        </span>
      </div>
      {application.disabled && <Tag>{t("disabled")}</Tag>}
      <nav className={styles.links} aria-label={application.name}>
        {may(application.role, "operator") && <Link to={`${base}/pushes/new`}>{t("createPush")}</Link>}
        <Link to={`${base}/pushes`}>{t("pushes")}</Link>
        <Link to={`${base}/settings`}>{t("settings")}</Link>
      </nav>
    </li>
  );
}
