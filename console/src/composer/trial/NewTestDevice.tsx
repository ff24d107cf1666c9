import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWords } from "../../shell/useWords";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { useComposer } from "../useComposer";
import { useSaveTestDevice } from "./testDevices";

/** `onDone`: with the token that was added, or none. */
export function NewTestDevice({ onDone }: { onDone: (token?: string) => void }) {
  const { t } = useTranslation("composer");
  const words = useWords();
  const { accessId } = useComposer();
  const save = useSaveTestDevice(accessId);
  const [token, setToken] = useState("");
  const [remark, setRemark] = useState("");
  const wanted = { token: token.trim(), remark: remark.trim() };
  return (
    <div className={styles.inset}>
      <div className={styles.columns}>
        <Field label={t("trial.token")}>
          {(control) => (
            <Input {...control} className="mono" value={token} onChange={(event) => setToken(event.target.value)} />
          )}
        </Field>
        <Field label={t("trial.remark")}>
          {(control) => (
            <Input
              {...control}
              maxLength={100}
              placeholder={t("trial.remarkHelp")}
              value={remark}
              onChange={(event) => setRemark(event.target.value)}
            />
          )}
        </Field>
      </div>
      {save.isError && (
        <p className={styles.fault} role="alert">
          {words(save.error)}
        </p>
      )}
      <div className={styles.buttons}>
        <Button
          type="primary"
          loading={save.isPending}
          disabled={!wanted.token}
          onClick={() => save.mutate(wanted, { onSuccess: () => onDone(wanted.token) })}
        >
          {t("trial.save")}
        </Button>
        <Button type="text" onClick={() => onDone()}>
          {t("cancel")}
        </Button>
      </div>
    </div>
  );
}
