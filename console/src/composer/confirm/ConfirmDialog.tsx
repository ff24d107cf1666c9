import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Modal, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";
import styles from "../composer.module.css";
import { type NewPush, previewRequest } from "../newPush";
import { useAudienceNow } from "../useAudience";
import { ComposerContext, useComposer } from "../useComposer";
import own from "./confirm.module.css";
import { answered, keyFor } from "./confirmation";
import { createPush } from "./createPush";
import { curl } from "./curl";
import { Refusal } from "./Refusal";
import { Summary } from "./Summary";

interface Props {
  wanted: NewPush;
  onBack: () => void;
  onCreated: (pushIds: number[]) => void;
}

/** Everything that will happen, then Confirm. What is confirmed is what was shown: it can't change while this is open. */
export default function ConfirmDialog({ wanted, onBack, onCreated }: Props) {
  const { t } = useTranslation("composer");
  const composer = useComposer();
  const { accessId, form, platform } = composer;
  const audience = useAudienceNow(accessId, previewRequest(form, platform));
  const queries = useQueryClient();
  const [key] = useState(() => keyFor(accessId, wanted));
  const create = useMutation({
    meta: { quiet: true },
    mutationFn: () => createPush(accessId, wanted, key),
    onSuccess: (pushIds) => {
      answered(accessId);
      void queries.invalidateQueries({ queryKey: keys.of(accessId, "pushes") });
      onCreated(pushIds);
    },
  });
  const busy = create.isPending || create.isSuccess;
  return (
    <Modal
      open
      width={720}
      title={t("confirm.title")}
      onCancel={onBack}
      closable={!busy}
      centered
      styles={{ body: { maxHeight: "calc(100dvh - 200px)", overflowY: "auto", paddingInlineEnd: 4 } }}
      mask={{ closable: false }}
      keyboard={!busy}
      footer={
        <div className={own.dialogButtons}>
          <Button onClick={onBack} disabled={busy}>
            {t("confirm.back")}
          </Button>
          <Button type="primary" loading={busy} disabled={audience.isFetching} onClick={() => create.mutate()}>
            {t("confirm.confirm")}
          </Button>
        </div>
      }
    >
      <ComposerContext value={{ ...composer, audience }}>
        <Summary wanted={wanted} />
      </ComposerContext>
      <RestCall wanted={wanted} />
      {create.isError && <Refusal error={create.error} />}
    </Modal>
  );
}

function RestCall({ wanted }: { wanted: NewPush }) {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const call = useQuery({
    queryKey: keys.of(accessId, "rest-call", wanted),
    queryFn: ({ signal }) => {
      const params = { path: { access_id: accessId } };
      return answer(api.POST("/apps/{access_id}/pushes/rest-call", { params, body: wanted, signal }));
    },
  });
  if (!call.data) return null;
  const text = curl(window.location.origin, call.data);
  return (
    <details className={styles.details}>
      <summary>{t("confirm.rest")}</summary>
      <Typography.Paragraph copyable={{ text }} className={own.curl}>
        <pre>{text}</pre>
      </Typography.Paragraph>
    </details>
  );
}
