import { useTranslation } from "react-i18next";
import type { TagCondition, TagGroup } from "../form";
import { TAG_TYPES } from "./TagCondition";

/** Tag rules as a sentence would have them: Custom tag is any of vip, gold and Country is none of CN. */
export function useRuleWords(): (groups: TagGroup[]) => string {
  const { t } = useTranslation("composer");

  function condition({ type, tags, tagsJoin, not }: TagCondition): string {
    const known = TAG_TYPES.find((one) => one === type);
    const relation = t(`tags.${not ? "not" : "is"}${tagsJoin === "AND" ? "All" : "Any"}`);
    return t("confirm.condition", { type: known ? t(`tags.${known}`) : type, relation, tags: tags.join(", ") });
  }

  function joined(terms: [TagGroup["join"], string][]): string {
    return terms
      .map(([join, words], index) => (index ? `${t(join === "AND" ? "tags.and" : "tags.or")} ${words}` : words))
      .join(" ");
  }

  function group({ conditions, not }: TagGroup, alone: boolean): string {
    const words = joined(conditions.map((one) => [one.join, condition(one)]));
    if (not) return t("confirm.not", { rule: words });
    return alone || conditions.length < 2 ? words : `(${words})`;
  }

  return (groups) => joined(groups.map((one) => [one.join, group(one, groups.length < 2)]));
}
