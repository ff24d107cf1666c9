import { PlusOutlined, SendOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "../../api/idempotency";
import { Loaded } from "../../shell/Loaded";
import styles from "../composer.module.css";
import { createPush } from "../confirm/createPush";
import { Refusal } from "../confirm/Refusal";
import { faultsOf } from "../faults";
import { trialPush } from "../newPush";
import { Step } from "../Step";
import { wallClock } from "../schedule";
import { useComposer } from "../useComposer";
import { NewTestDevice } from "./NewTestDevice";
import { TestDevices } from "./TestDevices";
import { TrialResult } from "./TrialResult";
import { useTestDevices } from "./testDevices";

const OF_MESSAGE = new Set(["title", "content", "defaultTitle", "defaultContent", "picture", "click", "extra"]);

export function TrialStep() {
  const { t } = useTranslation("composer");
  const { form, platform, accessId, timezone } = useComposer();
  const devices = useTestDevices(accessId);
  const [chosen, setChosen] = useState<string[]>([]);
  const [adding, setAdding] = useState(false);
  const send = useMutation({
    meta: { quiet: true },
    mutationFn: (tokens: string[]) => createPush(accessId, trialPush(form, platform, tokens), newKey()),
  });
  const known = new Set(devices.data?.map((device) => device.token));
  const tokens = chosen.filter((token) => known.has(token));
  const faults = Object.keys(faultsOf(form, platform, wallClock(new Date(), timezone)));
  const incomplete = faults.some((field) => OF_MESSAGE.has(field));
  return (
    <Step number={6} title={t("trial.title")} help={t("trial.help")}>
      <Loaded query={devices}>
        {(found) =>
          found.length || adding ? (
            <TestDevices devices={found} chosen={tokens} onChoose={setChosen} />
          ) : (
            <p className={`quiet ${styles.small}`}>{t("trial.empty")}</p>
          )
        }
      </Loaded>
      {adding && (
        <NewTestDevice
          onDone={(token) => {
            setAdding(false);
            if (token) setChosen([...tokens, token]);
          }}
        />
      )}
      <div className={styles.buttons}>
        {tokens.length > 0 && (
          <Button
            icon={<SendOutlined />}
            loading={send.isPending}
            disabled={incomplete}
            onClick={() => send.mutate(tokens)}
          >
            {t("trial.send", { count: tokens.length })}
          </Button>
        )}
        {!adding && (
          <Button type={tokens.length ? "text" : "default"} icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t("trial.add")}
          </Button>
        )}
      </div>
      {tokens.length > 0 && incomplete && <p className={`quiet ${styles.small}`}>{t("trial.incomplete")}</p>}
      {send.isError && <Refusal error={send.error} />}
      {send.data?.[0] !== undefined && <TrialResult pushId={send.data[0]} />}
    </Step>
  );
}
