import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { Application } from "../api/products";
import { Handset } from "./Handset";
import { Log } from "./Log";
import styles from "./phone.module.css";
import { SendPush } from "./SendPush";
import { Settings } from "./Settings";
import { SwitchOn } from "./SwitchOn";
import { usePhone } from "./usePhone";

/** The phone, and beside it what its user and its app would do. */
export default function VirtualPhone({ application }: { application: Application }) {
  const { t } = useTranslation("phone");
  const found = usePhone(application);
  if (!found) return <Skeleton active />;
  const { phone, state } = found;
  return (
    <div className={styles.page}>
      <Handset phone={phone} state={state} platform={application.platform} name={application.name} />
      <div className={styles.beside}>
        {state.on ? (
          <>
            <SendPush application={application} token={state.token} />
            <Settings key={state.token} phone={phone} state={state} accessId={application.access_id} />
            <Log entries={state.log} />
          </>
        ) : (
          <SwitchOn phone={phone} number={phone.identity.number} />
        )}
        <p className="quiet">{t("tabs", { number: phone.identity.number })}</p>
      </div>
    </div>
  );
}
