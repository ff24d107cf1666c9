import { DownloadOutlined } from "@ant-design/icons";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { url } from "../../api/client";
import { Trouble } from "../../shell/Loaded";
import { useNumbers } from "../../words/Count";
import { Choices } from "../Choices";
import { type PreviewResult, type PreviewState, reachOf } from "../useAudience";
import { useComposer } from "../useComposer";
import { ReachFigures } from "./ReachFigures";
import own from "./target.module.css";

/** Whom the target reaches, counted live. */
export function Audience() {
  const { t } = useTranslation("composer");
  const { audience } = useComposer();
  if (audience.fetchStatus === "idle" && audience.isPending) return null;
  return (
    <section className={own.audience} aria-label={t("audience.title")} aria-busy={audience.isFetching}>
      {audience.isPending && <Skeleton active paragraph={{ rows: 2 }} />}
      {audience.isError && <Trouble error={audience.error} onRetry={() => audience.refetch()} />}
      {audience.isSuccess && <Counted state={audience.data} />}
    </section>
  );
}

function Counted({ state }: { state: PreviewState }) {
  const { form } = useComposer();
  const { result } = state;
  if (!result) return null;
  const byAccount = form.target.kind === "package" || form.target.kind === "accounts";
  return (
    <>
      {byAccount && <Matched state={state} result={result} />}
      {byAccount && result.recent ? (
        <RecentOrAll result={result} />
      ) : (
        <ReachFigures reach={reachOf(result, form.target.everyDevice)} />
      )}
    </>
  );
}

function Matched({ state, result }: { state: PreviewState; result: PreviewResult }) {
  const { t } = useTranslation("composer");
  const { accessId, form } = useComposer();
  const numbers = useNumbers();
  const figures = [
    ["matched", result.matched],
    ["unavailable", result.unavailable],
    ["unmatched", result.unmatched],
  ] as const;
  const unmatched = url("/apps/{access_id}/previews/{preview_id}/unmatched", {
    access_id: accessId,
    preview_id: state.preview_id,
  });
  return (
    <>
      <dl className={own.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`audience.${name}`)}</dt>
            <dd>
              <span className="numbers">{numbers.count(value)}</span>{" "}
              <small className="quiet">{numbers.share(value, result.accounts)}</small>
            </dd>
          </div>
        ))}
      </dl>
      {result.unmatched > 0 && form.target.kind === "package" && (
        <a href={unmatched} download>
          <DownloadOutlined /> {t("audience.download")}
        </a>
      )}
    </>
  );
}

/** Both choices with what each would reach. */
function RecentOrAll({ result }: { result: PreviewResult }) {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  return (
    <Choices
      label={t("audience.which")}
      value={form.target.everyDevice ? "all" : "recent"}
      onChange={(value) => change("target", { everyDevice: value === "all" })}
      choices={[
        {
          value: "recent",
          label: t("audience.recent"),
          help: t("audience.recentHelp"),
          children: result.recent && <ReachFigures reach={result.recent} />,
        },
        {
          value: "all",
          label: t("audience.all"),
          help: t("audience.allHelp"),
          children: <ReachFigures reach={result.every} />,
        },
      ]}
    />
  );
}
