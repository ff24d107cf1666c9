import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Result } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import { may, useApplication } from "../api/products";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { Composer } from "./Composer";
import { formOf } from "./draft";
import { EMPTY, type Form } from "./form";
import { fromPush } from "./fromPush";
import { draftArrived } from "./useDraft";

/** Create Push: `?from=PUSH_ID` begins with an earlier push, `?package=PACKAGE_ID` with a package, else the draft goes on. */
export default function ComposerPage() {
  const { t } = useTranslation(["composer", "accounts"]); // texts that came later would blank the form for a moment
  const application = useApplication();
  if (!may(application.role, "operator"))
    return <Result status="403" icon={null} title={t("forbidden.title")} subTitle={t("forbidden.help")} />;
  return <Begun key={application.access_id} />;
}

function Begun() {
  const { t } = useTranslation("composer");
  const { access_id: accessId, platform, timezone } = useApplication();
  const [search] = useSearchParams();
  const [from] = useState(search.get("from"));
  const [packageId] = useState(Number(search.get("package")) || null);
  const [collapseId] = useState(Number(search.get("collapse")) || 0);
  const begin = useQuery({
    queryKey: ["composer", accessId, from],
    queryFn: ({ signal }) => beginning(accessId, from, platform === "ios" ? "ios" : "android", timezone, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      {!begin.isSuccess && <PageHeader title={t("title")} help={t("help")} />}
      <Loaded query={begin}>
        {({ earlier, draft }) => (
          <Start earlier={earlier} draft={draft} from={from} packageId={packageId} collapseId={collapseId} />
        )}
      </Loaded>
    </>
  );
}

interface Beginning {
  /** The form of the push to begin with. */
  earlier: Form | null;
  draft: Form | null;
}

async function beginning(
  accessId: number,
  from: string | null,
  platform: "android" | "ios",
  timezone: string,
  signal: AbortSignal,
): Promise<Beginning> {
  const path = { access_id: accessId };
  await draftArrived(accessId);
  const draft = formOf((await answer(api.GET("/apps/{access_id}/draft", { params: { path }, signal }))).draft);
  if (!from) return { earlier: null, draft };
  const params = { path: { ...path, push_id: Number(from) } };
  const push = await answer(api.GET("/apps/{access_id}/pushes/{push_id}", { params, signal }));
  return { earlier: fromPush(push, platform, new Date(), timezone), draft };
}

interface StartProps extends Beginning {
  from: string | null;
  packageId: number | null;
  /** The push that this one is to override; 0: none. */
  collapseId: number;
}

/** An earlier push goes before the draft, which one click brings back. */
function Start({ earlier, draft, from, packageId, collapseId }: StartProps) {
  const { t } = useTranslation("composer");
  const [, setSearch] = useSearchParams();
  const [back, setBack] = useState(false);
  const begun = (!back && earlier) || draft || EMPTY;
  const target = packageId ? { ...begun.target, kind: "package" as const, packageId } : begun.target;
  const delivery = collapseId && !back ? { ...begun.delivery, collapseId } : begun.delivery;
  const initial = { ...begun, target, delivery };
  const notice = earlier && !back && (
    <Alert
      type="info"
      style={{ marginBottom: 16 }}
      title={t("duplicate.title", { id: from })}
      description={t(earlier.time.kind === "now" ? "duplicate.help" : "duplicate.time")}
      action={
        draft && (
          <Button
            size="small"
            onClick={() => {
              setBack(true);
              setSearch({}, { replace: true });
            }}
          >
            {t("duplicate.back")}
          </Button>
        )
      }
    />
  );
  return <Composer key={String(back)} initial={initial} notice={notice} />;
}
