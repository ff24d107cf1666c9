import { Tag } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { EMPTY, type Part } from "../form";
import { useComposer } from "../useComposer";
import own from "./advanced.module.css";

export type GroupName = "delivery" | "channels" | "click" | "look" | "vendors" | "more";

interface Props {
  name: GroupName;
  /** The members of the form inside: the group says so when one is not as usual. */
  holds: readonly (readonly [Part, readonly string[]])[];
  /** What is inside is made, and fetched, when it is first opened. */
  onDemand?: boolean;
  children: ReactNode;
}

/** Options that are seldom changed, closed until one is. */
export function Group({ name, holds, onDemand = false, children }: Props) {
  const { t } = useTranslation("composer");
  const { form } = useComposer();
  const [opened, setOpened] = useState(!onDemand);
  const changed = holds.some(([part, members]) => {
    const [now, usual] = [form[part], EMPTY[part]] as unknown as Record<string, unknown>[];
    return members.some((member) => JSON.stringify(now?.[member]) !== JSON.stringify(usual?.[member]));
  });
  return (
    <details className={own.group} onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>
        {t(`advanced.group.${name}`)} {changed && <Tag>{t("advanced.changed")}</Tag>}
      </summary>
      <div className={own.groupBody}>{opened && children}</div>
    </details>
  );
}
