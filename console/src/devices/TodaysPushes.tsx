import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useApplication } from "../api/products";
import { Loaded } from "../shell/Loaded";
import { Time } from "../words/Time";
import { DeliveryVerdict } from "./DeliveryVerdict";
import styles from "./devices.module.css";
import { type DevicePush, useDevicePushes } from "./queries";

/** What was meant for the device today; what became of each when asked. */
export default function TodaysPushes({ token }: { token: string }) {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const query = useDevicePushes(access_id, token);
  return (
    <section className="panel">
      <h2>{t("today.title")}</h2>
      <Loaded query={query}>
        {(pushes) =>
          pushes.length ? (
            <ul className={styles.today}>
              {pushes.map((push) => (
                <Push key={push.push_id} push={push} token={token} />
              ))}
            </ul>
          ) : (
            <p className={`quiet ${styles.nothing}`}>
              {t("today.none")} <Link to={`/apps/${access_id}/troubleshooting?by=push`}>{t("today.older")}</Link>
            </p>
          )
        }
      </Loaded>
    </section>
  );
}

function Push({ push, token }: { push: DevicePush; token: string }) {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const [asked, setAsked] = useState(false);
  const id = `verdict-${push.push_id}`;
  return (
    <li>
      <div className={styles.push}>
        <span>
          <Link to={`/apps/${access_id}/pushes/${push.push_id}`}>{push.title || t("today.untitled")}</Link>
          <span className="quiet">
            {push.push_id} · <Time at={push.started_at} />
          </span>
        </span>
        <Button size="small" onClick={() => setAsked(!asked)} aria-expanded={asked} aria-controls={id}>
          {t(asked ? "today.hide" : "today.ask")}
        </Button>
      </div>
      <div id={id}>{asked && <DeliveryVerdict token={token} pushId={String(push.push_id)} />}</div>
    </li>
  );
}
