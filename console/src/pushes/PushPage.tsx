import { Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ApiError } from "../api/errors";
import type { Liveness } from "../api/events";
import { useApplication } from "../api/products";
import { BackLink } from "../shell/BackLink";
import { Trouble } from "../shell/Loaded";
import { NotFound } from "../shell/NotFound";
import { PageHeader } from "../shell/PageHeader";
import { Actions, type Done } from "./Actions";
import { Channels } from "./Channels";
import details from "./details.module.css";
import { Funnel } from "./Funnel";
import { History } from "./History";
import { Message } from "./Message";
import { Options } from "./Options";
import { type Progress, type Push, useProgress, usePush } from "./queries";
import { Reasons } from "./Reasons";
import { Standing } from "./Standing";
import { Target } from "./Target";
import { TimeLine } from "./TimeLine";

export default function PushPage() {
  const { pushId } = useParams();
  const id = Number(pushId);
  return Number.isSafeInteger(id) && id > 0 ? <PushDetails key={id} pushId={id} /> : <NotFound />;
}

function PushDetails({ pushId }: { pushId: number }) {
  const push = usePush(pushId);
  const { query: progress, liveness } = useProgress(pushId);
  const failed = push.isError ? push : progress.isError ? progress : undefined;
  if (failed?.error instanceof ApiError && failed.error.status === 404) return <NotFound />;
  if (failed && !push.data) return <Trouble error={failed.error} onRetry={() => failed.refetch()} />;
  if (!push.data || !progress.data) return <Skeleton active />;
  return <Details push={push.data} progress={progress.data} liveness={liveness} />;
}

interface Props {
  push: Push;
  progress: Progress;
  liveness: Liveness;
}

function Details({ push, progress, liveness }: Props) {
  const { t } = useTranslation("pushes");
  const { access_id } = useApplication();
  const [done, setDone] = useState<Done>();
  const title = useTitleOf(push);
  const hasTargets = progress.total.planned > 0;
  return (
    <>
      <BackLink to={`/apps/${access_id}/pushes${push.source === "api" ? "?tab=api" : ""}`}>
        {t("details.back")}
      </BackLink>
      <PageHeader
        title={title}
        help={`${t("pushTitle", { id: push.push_id })} · ${t(`tab.${push.source === "api" ? "api" : "web"}`)}`}
        actions={<Actions push={push} state={progress.state} onDone={setDone} />}
      />
      <Standing push={push} progress={progress} liveness={liveness} done={done} />
      <div className={details.columns}>
        <div className={details.column}>
          {hasTargets && <Funnel total={progress.total} />}
          {hasTargets && <Channels channels={progress.channels} />}
          {progress.started_at && (
            <TimeLine pushId={push.push_id} startedAt={progress.started_at} total={progress.total} />
          )}
          {progress.started_at && <Reasons progress={progress} />}
          <History push={push} progress={progress} />
        </div>
        <div className={details.column}>
          <Message push={push} />
          <Target push={push} progress={progress} />
          <Options push={push} />
        </div>
      </div>
    </>
  );
}

function useTitleOf(push: Push): string {
  const { t } = useTranslation("pushes");
  return titleOf(push) || t(push.message_type === "message" ? "type.message" : "noTitle");
}

function titleOf(push: Push): string {
  return typeof push.message.title === "string" ? push.message.title : "";
}
