import { useTranslation } from "react-i18next";
import { useAccountType } from "../../accounts/useAccountType";
import { useApplication } from "../../api/products";
import { useChannelName } from "../../channels/useChannelName";
import { useLanguage } from "../../shell/useLanguage";
import { useNumbers } from "../../words/Count";
import { attributesIn, lines } from "../form";
import { isBulk, type NewPush } from "../newPush";
import { usePlans } from "../plan/PlanStep";
import { wallClock, wallTime } from "../schedule";
import { useLoopWords } from "../schedule/useLoopWords";
import { usePackage } from "../target/packages";
import { useRuleWords } from "../target/useRuleWords";
import { reachOf } from "../useAudience";
import { useComposer } from "../useComposer";

interface Fact {
  name: string;
  words: string;
}

/** One sentence of whom it reaches, and everything else that is to happen as facts; what is as usual is not told. */
export function useSummary(wanted: NewPush): { headline: string; facts: Fact[] } {
  const { t } = useTranslation("composer");
  const headline = useHeadline(wanted);
  const time = useTimeWords();
  const target = useTargetWords();
  const options = useOptionWords();
  const plan = usePlanName(wanted.plan_id);
  const { form, platform } = useComposer();
  const application = useApplication();
  const { t: words } = useTranslation("shell");
  const { title, content, type } = form.message;
  const silent = platform === "ios" && type === "message";
  const facts: Fact[] = [
    { name: t("confirm.application"), words: `${application.name} · ${words(`platform.${platform}`)}` },
    { name: t("confirm.message"), words: silent ? t("message.silent") : `${title}\n${content}` },
    { name: t("confirm.target"), words: target },
    { name: t("confirm.when"), words: time },
    { name: t("confirm.plan"), words: plan },
    ...options,
  ];
  return { headline, facts };
}

function useHeadline(wanted: NewPush): string {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const { audience } = useComposer();
  const result = audience.data?.result;
  if (!result) return "";
  const devices = reachOf(result, wanted.every_device).planned;
  const shown = { devices: t("confirm.devices", { shown: numbers.count(devices), count: devices }) };
  if (!result.accounts) return t("confirm.toDevices", shown);
  const accounts = t("confirm.accounts", { shown: numbers.count(result.matched), count: result.matched });
  const without = result.unmatched + result.unavailable;
  const left = without
    ? t("confirm.without", { shown: numbers.count(without), count: without })
    : t("confirm.allFound");
  return t("confirm.toAccounts", { ...shown, accounts, left });
}

function useTimeWords(): string {
  const { t } = useTranslation("composer");
  const { locale } = useLanguage();
  const { form, timezone } = useComposer();
  const loop = useLoopWords();
  const { time } = form;
  if (time.kind === "now") return t("confirm.now");
  const words = time.kind === "at" ? wallTime(time.at, locale) : loop(time, wallClock(new Date(), timezone));
  return t("confirm.inZone", { words, zone: timezone });
}

function useTargetWords(): string {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const { form, accessId } = useComposer();
  const { target, exclusion } = form;
  const chosen = usePackage(accessId, target.kind === "tokenPackage" ? target.tokenPackageId : target.packageId).data;
  const excluded = usePackage(accessId, exclusion.packageId).data;
  const file = chosen ? `${chosen.file_name} (${t("package.number", { id: chosen.package_id })})` : "";
  const accountType = useAccountType();
  const byAccount = target.kind === "package" || target.kind === "accounts";
  const rule = useRuleWords();
  const listed = (text: string) => t("confirm.listed", { shown: numbers.count(lines(text).length) });
  const what = {
    all: "",
    tags: rule(target.groups),
    package: file,
    tokenPackage: file,
    accounts: listed(target.accounts),
    tokens: listed(target.tokens),
  }[target.kind];
  const pieces = [
    [t(`target.${target.kind}`), what].filter(Boolean).join(": "),
    byAccount ? t(target.everyDevice ? "audience.all" : "audience.recent") : "",
    byAccount && target.accountType ? t("confirm.accountType", { type: accountType(target.accountType) }) : "",
    exclusion.pushId ? t("confirm.exceptPush", { id: exclusion.pushId }) : "",
    excluded ? t("confirm.exceptPackage", { name: excluded.file_name }) : "",
  ];
  return pieces.filter(Boolean).join(" · ");
}

function usePlanName(planId: string): string {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const plans = usePlans(accessId).data ?? [];
  return plans.find((plan) => plan.plan_id === planId)?.name ?? t("plan.default");
}

/** What is not as usual, and until when it is tried. */
function useOptionWords(): Fact[] {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const nameOf = useChannelName();
  const { form, platform } = useComposer();
  const { delivery, click, message } = form;
  const bulk = isBulk(form);
  const off = delivery.channelPolicy === "custom" ? delivery.channelsOff : [];
  const hours = numbers.count(delivery.expireHours);
  const attributes = attributesIn(message);
  const told: [string, string | false][] = [
    [t("delivery.expiry"), delivery.expireHours ? t("confirm.expiry", { hours }) : t("confirm.onlineOnly")],
    [t("delivery.speed"), bulk && delivery.speed > 0 && t("confirm.speed", { speed: numbers.count(delivery.speed) })],
    [t("click.title"), platform === "android" && message.type === "notify" && clickWords()],
    [t("delivery.collapse"), bulk && delivery.collapseId > 0 && t("confirm.collapse", { id: delivery.collapseId })],
    [t("delivery.channelsOff"), off.length > 0 && off.map(nameOf).join(", ")],
    [t("confirm.personal"), attributes.length > 0 && attributes.join(", ")],
    [t("delivery.accept"), Boolean(delivery.acceptFrom) && `${delivery.acceptFrom} – ${delivery.acceptTo}`],
    [t("delivery.environment"), platform === "ios" && t(`delivery.${delivery.environment}`)],
    [t("delivery.multiPackage"), platform === "android" && delivery.multiPackage && t("yes")],
    [t("delivery.showInApp"), delivery.showInApp && t("yes")],
  ];
  return told.flatMap(([name, words]) => (words ? [{ name, words }] : []));

  function clickWords(): string | false {
    const where = { app: "", activity: click.activity, url: click.url, intent: click.intent }[click.kind];
    return click.kind !== "app" && `${t(`click.${click.kind}`)}: ${where}`;
  }
}
