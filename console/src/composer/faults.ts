/** What is missing or wrong before the server need be asked, by field. The words are in the locales under `faults`. */
import { attributesIn, type Form, lines, type Platform } from "./form";
import { message } from "./newPush";
import { DAYS_AHEAD, LATE_MINUTES, later, MOST_OCCURRENCES, occurrences } from "./schedule";
import { bytesOf, MESSAGE_BYTES } from "./textLimits";

export const MOST_LISTED = 1000;

export type Field =
  | "title"
  | "content"
  | "defaultTitle"
  | "defaultContent"
  | "picture"
  | "at"
  | "loop"
  | "target"
  | "excludedPush"
  | "click"
  | "extra"
  | "accept";

export type Fault =
  | "titleMissing"
  | "contentMissing"
  | "messageTooLong"
  | "defaultMissing"
  | "tooManyAttributes"
  | "urlWrong"
  | "timeMissing"
  | "timePast"
  | "timeTooFar"
  | "loopDates"
  | "loopDays"
  | "loopTimes"
  | "loopTooFar"
  | "loopNever"
  | "loopTooMany"
  | "packageMissing"
  | "accountsMissing"
  | "accountWrong"
  | "tooManyListed"
  | "tokensMissing"
  | "tokenWrong"
  | "tagsMissing"
  | "pushIdWrong"
  | "activityMissing"
  | "intentMissing"
  | "jsonWrong"
  | "hoursWrong";

export type Faults = Partial<Record<Field, Fault>>;

/** In the order of the page. `nowWall`: the clock in the application's zone. */
export function faultsOf(form: Form, platform: Platform, nowWall: string): Faults {
  const faults: [Field, Fault | undefined][] = [
    ...messageFaults(form, platform),
    ["at", form.time.kind === "at" ? atFault(form.time.at, nowWall) : undefined],
    ["loop", form.time.kind === "loop" ? loopFault(form, nowWall) : undefined],
    ["target", targetFault(form)],
    ["excludedPush", /^\d{0,18}$/.test(form.exclusion.pushId.trim()) ? undefined : "pushIdWrong"],
    ["click", platform === "android" && form.message.type === "notify" ? clickFault(form) : undefined],
    ["extra", extraFault(form)],
    ["accept", acceptFault(form)],
  ];
  return Object.fromEntries(faults.filter(([, fault]) => fault));
}

function messageFaults(form: Form, platform: Platform): [Field, Fault | undefined][] {
  const { type, title, content, defaultTitle, defaultContent, picture } = form.message;
  if (type === "message" && platform === "ios") return [["content", tooLarge(form, platform)]];
  const personal = attributesIn(form.message);
  return [
    ["title", title.trim() ? undefined : "titleMissing"],
    ["content", contentFault(content, personal) ?? tooLarge(form, platform)],
    ["defaultTitle", personal.length && platform === "android" && !defaultTitle.trim() ? "defaultMissing" : undefined],
    ["defaultContent", personal.length && !defaultContent.trim() ? "defaultMissing" : undefined],
    ["picture", type === "notify" && picture.trim() && !isUrl(picture) ? "urlWrong" : undefined],
  ];
}

function contentFault(content: string, personal: string[]): Fault | undefined {
  if (!content.trim()) return "contentMissing";
  return personal.length > 5 ? "tooManyAttributes" : undefined;
}

function tooLarge(form: Form, platform: Platform): Fault | undefined {
  return bytesOf(message(form, platform)) > MESSAGE_BYTES ? "messageTooLong" : undefined;
}

function isUrl(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text.trim());
}

function atFault(at: string, nowWall: string): Fault | undefined {
  if (!at) return "timeMissing";
  if (at < later(nowWall, { minutes: -LATE_MINUTES })) return "timePast";
  return at > later(nowWall, { days: DAYS_AHEAD }) ? "timeTooFar" : undefined;
}

function loopFault({ time }: Form, nowWall: string): Fault | undefined {
  if (!time.start || !time.end || time.end < time.start) return "loopDates";
  if (time.end > later(nowWall, { days: DAYS_AHEAD }).slice(0, 10)) return "loopTooFar";
  if (time.rhythm === "weekly" && !time.weekDays.length) return "loopDays";
  if (time.rhythm === "monthly" && !time.monthDays.length) return "loopDays";
  if (!time.times.length) return "loopTimes";
  const found = occurrences(time, nowWall).length;
  if (!found) return "loopNever";
  return found > MOST_OCCURRENCES ? "loopTooMany" : undefined;
}

function targetFault({ target }: Form): Fault | undefined {
  if (target.kind === "package") return target.packageId === null ? "packageMissing" : undefined;
  if (target.kind === "tokenPackage") return target.tokenPackageId === null ? "packageMissing" : undefined;
  if (target.kind === "accounts") return accountsFault(lines(target.accounts));
  if (target.kind === "tokens") return tokensFault(lines(target.tokens));
  if (target.kind === "tags")
    return target.groups.some((group) => group.conditions.some(({ tags }) => !tags.length)) ? "tagsMissing" : undefined;
  return undefined;
}

function accountsFault(accounts: string[]): Fault | undefined {
  if (!accounts.length) return "accountsMissing";
  if (accounts.length > MOST_LISTED) return "tooManyListed";
  return accounts.every((account) => [...account].length >= 2 && [...account].length <= 100)
    ? undefined
    : "accountWrong";
}

function tokensFault(tokens: string[]): Fault | undefined {
  if (!tokens.length) return "tokensMissing";
  if (tokens.length > MOST_LISTED) return "tooManyListed";
  return tokens.every((token) => /^[0-9a-zA-Z]{36}$/.test(token)) ? undefined : "tokenWrong";
}

function clickFault({ click }: Form): Fault | undefined {
  if (click.kind === "url") return isUrl(click.url) ? undefined : "urlWrong";
  if (click.kind === "activity") return click.activity.trim() ? undefined : "activityMissing";
  if (click.kind === "intent") return click.intent.trim() ? undefined : "intentMissing";
  return undefined;
}

function extraFault({ look }: Form): Fault | undefined {
  if (look.extraAs !== "json" || !look.extraJson.trim()) return undefined;
  try {
    const value: unknown = JSON.parse(look.extraJson);
    return value && typeof value === "object" && !Array.isArray(value) ? undefined : "jsonWrong";
  } catch {
    return "jsonWrong";
  }
}

function acceptFault({ delivery }: Form): Fault | undefined {
  const { acceptFrom, acceptTo } = delivery;
  if (!acceptFrom && !acceptTo) return undefined;
  return acceptFrom && acceptTo && acceptFrom !== acceptTo ? undefined : "hoursWrong";
}
