import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";
import { Loaded } from "../../shell/Loaded";
import { useNumbers } from "../../words/Count";
import styles from "../composer.module.css";
import { useComposer } from "../useComposer";

const LOOK_MS = 1000;

/** What came of the test, as it goes on. */
export function TrialResult({ pushId }: { pushId: number }) {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const numbers = useNumbers();
  const progress = useQuery({
    queryKey: keys.of(accessId, "pushes", pushId, "progress"),
    queryFn: ({ signal }) => {
      const params = { path: { access_id: accessId, push_id: pushId } };
      return answer(api.GET("/apps/{access_id}/pushes/{push_id}/progress", { params, signal }));
    },
    refetchInterval: LOOK_MS,
  });
  return (
    <Loaded query={progress}>
      {({ total, finished_at, failure }) => {
        const nobody = finished_at && !total.planned;
        const figures = {
          planned: numbers.count(total.planned),
          sent: numbers.count(total.sent),
          arrived: numbers.count(total.arrived),
        };
        return (
          <p className={styles.said} role="status">
            {t(nobody ? "trial.resultNobody" : "trial.result", { id: pushId, ...figures })} {failure}{" "}
            <Link to={`/apps/${accessId}/pushes/${pushId}`}>{t("trial.details")}</Link>
          </p>
        );
      }}
    </Loaded>
  );
}
