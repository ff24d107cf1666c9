import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useApplication } from "../api/products";
import { StateTag } from "../pushes/StateTag";
import { Loaded } from "../shell/Loaded";
import { Time } from "../words/Time";
import styles from "./packages.module.css";
import { usePushesTo } from "./queries";

const SHOWN = 5;

/** The newest pushes made with a package. */
export function PushesTo({ packageId }: { packageId: number }) {
  const { t } = useTranslation(["packages", "pushes"]);
  const { access_id } = useApplication();
  const pushes = usePushesTo(packageId, SHOWN);
  return (
    <section className="panel" aria-label={t("pushes.title")}>
      <h2 className={styles.heading}>{t("pushes.title")}</h2>
      <Loaded query={pushes}>
        {(found) =>
          found.length ? (
            <>
              <ul className={styles.pushes}>
                {found.map((push) => (
                  <li key={push.push_id}>
                    <Link to={`/apps/${access_id}/pushes/${push.push_id}`}>{push.title || push.push_id}</Link>
                    <span>
                      <StateTag state={push.state} />
                      <span className="quiet">
                        <Time at={push.started_at ?? push.due} />
                      </span>
                    </span>
                  </li>
                ))}
              </ul>
              <Link
                to={`/apps/${access_id}/pushes?${found[0]?.source === "api" ? "tab=api&" : ""}package=${packageId}`}
              >
                {t("pushes.all")}
              </Link>
            </>
          ) : (
            <p className="quiet">{t("pushes.none")}</p>
          )
        }
      </Loaded>
    </section>
  );
}
