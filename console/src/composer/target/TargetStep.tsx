import { useTranslation } from "react-i18next";
import { Choices } from "../Choices";
import { FaultOf } from "../Field";
import { Step } from "../Step";
import { useComposer } from "../useComposer";
import { Audience } from "./Audience";
import { Exclusions } from "./Exclusions";
import { AccountsListed, TokensListed } from "./Listed";
import { PackageTarget } from "./PackageTarget";
import { TagRules } from "./TagRules";

const KINDS = ["package", "accounts", "all", "tags", "tokens", "tokenPackage"] as const;

export function TargetStep() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  const { kind } = form.target;
  return (
    <Step number={4} title={t("target.title")} help={t("target.help")}>
      <Choices
        compact
        label={t("target.title")}
        value={kind}
        onChange={(kind) => change("target", { kind })}
        choices={KINDS.map((value) => ({ value, label: t(`target.${value}`) }))}
      />
      {kind === "all" && <p className="quiet">{t("target.allHelp")}</p>}
      {kind === "tags" && <TagRules />}
      {kind === "package" && <PackageTarget field="packageId" />}
      {kind === "accounts" && <AccountsListed />}
      {kind === "tokens" && <TokensListed />}
      {kind === "tokenPackage" && <PackageTarget field="tokenPackageId" />}
      <FaultOf name="target" />
      <Audience />
      <Exclusions />
    </Step>
  );
}
