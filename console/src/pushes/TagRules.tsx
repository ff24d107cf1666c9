import { useTranslation } from "react-i18next";
import { usePushWords } from "./words";

interface Item {
  tags?: string[];
  tag_type?: string;
  tags_operator?: string;
  items_operator?: string;
  is_not?: boolean;
}

interface Rule {
  tag_items?: Item[];
  operator?: string;
  is_not?: boolean;
}

/** Tag rules as a sentence: (city Berlin or Hamburg) and not (tag vip). */
export function TagRules({ rules }: { rules: unknown }) {
  const { t } = useTranslation("pushes");
  const { tagType } = usePushWords();
  const joined = (operator: string | undefined) => ` ${t(operator === "AND" ? "targetBlock.and" : "targetBlock.or")} `;
  const not = (is: boolean | undefined) => (is ? `${t("targetBlock.not")} ` : "");

  function item({ tags = [], tag_type = "", tags_operator, is_not }: Item): string {
    return `${not(is_not)}${tagType(tag_type)} ${tags.join(joined(tags_operator))}`;
  }

  function rule({ tag_items = [], is_not }: Rule): string {
    const words = tag_items.map((one, place) => (place ? joined(one.items_operator) : "") + item(one)).join("");
    return `${not(is_not)}(${words})`;
  }

  const all = Array.isArray(rules) ? (rules as Rule[]) : [];
  return <>{all.map((one, place) => (place ? joined(one.operator) : "") + rule(one)).join("")}</>;
}
