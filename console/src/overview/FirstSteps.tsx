import { Button } from "antd";
import type { ReactNode } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Link } from "react-router";
import { may, useApplication } from "../api/products";
import { EmptyState } from "../shell/EmptyState";
import styles from "./overview.module.css";

/** Before there are figures: how there will be some. */
export function FirstSteps() {
  const { t } = useTranslation("overview");
  const { access_id, role } = useApplication();
  const base = `/apps/${access_id}`;
  const works = may(role, "operator");
  return (
    <EmptyState title={t("first.title")}>
      <p>{t("first.text")}</p>
      <ol className={styles.steps}>
        <Step
          title={t("first.phone")}
          action={works && <To path={`${base}/phone`} text={t("first.phoneDo")} type="primary" />}
        >
          {t("first.phoneText")}
        </Step>
        <Step title={t("first.push")} action={works && <To path={`${base}/pushes/new`} text={t("first.pushDo")} />}>
          {t("first.pushText")}
        </Step>
        <Step title={t("first.app")} action={<To path={`${base}/settings`} text={t("first.appDo")} />}>
          {t("first.appText")}
        </Step>
        <Step title={t("first.import")}>
          <Trans
            t={t}
            i18nKey="first.importText"
            values={{ command: `rockdove import devices devices.csv --app ${access_id}` }}
            components={{ code: <code className="mono" /> }}
          />
        </Step>
      </ol>
    </EmptyState>
  );
}

function Step({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <li>
      <strong>{title}</strong>
      <p>{children}</p>
      {action}
    </li>
  );
}

function To({ path, text, type }: { path: string; text: string; type?: "primary" }) {
  return (
    <Link to={path}>
      <Button type={type ?? "default"}>{text}</Button>
    </Link>
  );
}
