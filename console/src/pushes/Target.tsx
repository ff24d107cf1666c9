import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAccountType } from "../accounts/useAccountType";
import { url } from "../api/client";
import { may, useApplication } from "../api/products";
import { Count, useNumbers } from "../words/Count";
import { type Fact, Facts } from "./Facts";
import type { Progress, Push } from "./queries";
import { TagRules } from "./TagRules";
import { usePushWords } from "./words";

const SHOWN = 10;

/** Whom it is for, and what became of that on the way to devices. */
export function Target({ push, progress }: { push: Push; progress: Progress }) {
  const { t } = useTranslation("pushes");
  const { audience } = usePushWords();
  const accountType = useAccountType();
  const byAccount = push.audience_type.includes("account");
  const byToken = push.audience_type.includes("token");
  const counted = progress.started_at !== null || progress.total.planned > 0;
  const number = (name: string): number => (typeof push.counts[name] === "number" ? push.counts[name] : 0);
  const figure = (name: keyof typeof FIGURES & string): Fact => ({
    name: t(`targetBlock.${FIGURES[name]}`),
    value: <Count of={number(name)} />,
  });
  return (
    <Facts
      title={t("targetBlock.title")}
      facts={[
        { name: t("targetBlock.audience"), value: audience(push.audience_type) },
        push.package_id && { name: t("targetBlock.package"), value: <PackageOf push={push} /> },
        byAccount && { name: t("targetBlock.accountType"), value: accountType(push.account_type) },
        byAccount && {
          name: t("targetBlock.choice"),
          value: t(push.every_device ? "targetBlock.every" : "targetBlock.recent"),
        },
        ...listed(push, "accounts", t("targetBlock.accounts")),
        ...listed(push, "tokens", t("targetBlock.tokens")),
        push.audience_type === "tag" && {
          name: audience("tag"),
          value: <TagRules rules={push.audience.tag_rules} />,
        },
        ...exclusions(push, t("targetBlock.excludePackage"), t("targetBlock.excludePush")),
        counted &&
          (byAccount || byToken) && {
            ...figure("accounts"),
            name: t(byToken ? "targetBlock.tokens" : "targetBlock.accounts"),
          },
        counted && (byAccount || byToken) && figure("matched"),
        counted && (byAccount || byToken) && figure("unmatched"),
        counted && number("unavailable") && figure("unavailable"),
        counted && number("invalid") && figure("invalid"),
        counted && figure("devices"),
        counted && figure("planned"),
      ]}
    />
  );
}

const FIGURES = {
  accounts: "accounts",
  matched: "matched",
  unmatched: "unmatched",
  unavailable: "unavailable",
  invalid: "invalid",
  devices: "devices",
  planned: "planned",
} as const;

function PackageOf({ push }: { push: Push }) {
  const { t } = useTranslation("pushes");
  const { access_id, role } = useApplication();
  const id = push.package_id ?? 0;
  if (push.package_state !== "ready")
    return (
      <>
        {push.package_name} <span className="quiet">({t("targetBlock.packageDeleted")})</span>
      </>
    );
  return (
    <>
      <Link to={`/apps/${access_id}/packages/${id}`}>{push.package_name}</Link>
      {may(role, "operator") && (
        <>
          {" · "}
          <a href={url("/apps/{access_id}/packages/{package_id}/file", { access_id, package_id: id })} download>
            {t("targetBlock.download")}
          </a>
        </>
      )}
    </>
  );
}

/** The first few of what was typed in. */
function listed(push: Push, member: string, name: string): Fact[] {
  const all = push.audience[member];
  if (!Array.isArray(all) || !all.length) return [];
  return [{ name, value: <FirstOf all={all.map(String)} /> }];
}

function FirstOf({ all }: { all: string[] }) {
  const { t } = useTranslation("pushes");
  const numbers = useNumbers();
  const left = all.length - SHOWN;
  return (
    <span className="mono">
      {all.slice(0, SHOWN).join(", ")}
      {left > 0 && ` ${t("targetBlock.more", { number: numbers.count(left) })}`}
    </span>
  );
}

function exclusions(push: Push, ofPackage: string, ofPush: string): Fact[] {
  const { exclude_package_id, exclude_push_id } = push.audience;
  const facts: Fact[] = [];
  if (typeof exclude_package_id === "number")
    facts.push({ name: ofPackage, value: <Other noun="packages" id={exclude_package_id} /> });
  if (typeof exclude_push_id === "number")
    facts.push({ name: ofPush, value: <Other noun="pushes" id={exclude_push_id} /> });
  return facts;
}

function Other({ noun, id }: { noun: "packages" | "pushes"; id: number }) {
  const { t } = useTranslation("pushes");
  const { access_id } = useApplication();
  return (
    <Link to={`/apps/${access_id}/${noun}/${id}`}>
      {t(noun === "packages" ? "targetBlock.packageName" : "targetBlock.pushName", { id })}
    </Link>
  );
}
