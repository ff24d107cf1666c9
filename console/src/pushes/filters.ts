/** The task list's filters, as they stand in its address: whoever follows a link sees the same list. */
import { statesOf, WORDS, type Word } from "./states";

/** What a push is for, as one filters by it: the audience types behind each word. */
export const TARGETS = {
  all: ["all"],
  tag: ["tag"],
  package: ["package_account_push"],
  accounts: ["account", "account_list"],
  tokens: ["token", "token_list"],
  token_package: ["package_token_push"],
} as const satisfies Record<string, readonly string[]>;
export type Target = keyof typeof TARGETS;
export type Tab = "web" | "api";
export type MessageType = "notify" | "message";

export interface Filters {
  tab: Tab;
  status: Word[];
  target: Target[];
  type?: MessageType;
  /** A plan's id; empty: the default plan; undefined: all. */
  plan?: string;
  package?: number;
  search: string;
}

export function filtersOf(address: URLSearchParams): Filters {
  const packageId = Number(address.get("package"));
  return {
    tab: address.get("tab") === "api" ? "api" : "web",
    status: listed(address, "status").filter((word): word is (typeof WORDS)[number] => isOneOf(word, WORDS)),
    target: listed(address, "target").filter((word): word is Target => word in TARGETS),
    type: address.get("type") === "notify" || address.get("type") === "message" ? typeOf(address) : undefined,
    plan: address.has("plan") ? planOf(address.get("plan") ?? "") : undefined,
    package: Number.isInteger(packageId) && packageId > 0 ? packageId : undefined,
    search: address.get("q") ?? "",
  };
}

/** The default plan's own id on the wire is 0; nothing is stored under it. */
export const DEFAULT_PLAN = "0";

function planOf(text: string): string {
  return text === DEFAULT_PLAN ? "" : text;
}

function typeOf(address: URLSearchParams): MessageType {
  return address.get("type") as MessageType;
}

function listed(address: URLSearchParams, name: string): string[] {
  return (address.get(name) ?? "").split(",").filter(Boolean);
}

function isOneOf<Text extends string>(text: string, texts: readonly Text[]): text is Text {
  return (texts as readonly string[]).includes(text);
}

/** Only what filters: the address of the whole list is bare. */
export function addressOf(filters: Filters): URLSearchParams {
  const pairs: [string, string | undefined][] = [
    ["tab", filters.tab === "api" ? "api" : undefined],
    ["status", filters.status.join(",")],
    ["target", filters.target.join(",")],
    ["type", filters.type],
    ["plan", filters.plan === "" ? DEFAULT_PLAN : filters.plan],
    ["package", filters.package?.toString()],
    ["q", filters.search],
  ];
  return new URLSearchParams(pairs.filter((pair): pair is [string, string] => Boolean(pair[1])));
}

export function isFiltered({ status, target, type, plan, package: packageId, search }: Filters): boolean {
  return Boolean(status.length || target.length || type || plan !== undefined || packageId || search);
}

/** As the API asks for it. */
export function queryOf(filters: Filters) {
  return {
    source: filters.tab,
    state: statesOf(filters.status),
    audience_type: filters.target.flatMap((target) => TARGETS[target]),
    message_type: filters.type ?? ("" as const),
    plan_id: filters.plan,
    package_id: filters.package,
    search: filters.search,
  };
}
