import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import styles from "../composer.module.css";
import { EMPTY_CONDITION, EMPTY_GROUP, type TagCondition, type TagGroup } from "../form";
import { useComposer } from "../useComposer";
import { JoinSelect } from "./JoinSelect";
import { Condition } from "./TagCondition";
import own from "./target.module.css";

/** Groups of conditions. AND binds tighter than OR within a group, and between groups. */
export function TagRules() {
  const { t } = useTranslation("composer");
  const { form, change } = useComposer();
  const { groups } = form.target;
  const set = (groups: TagGroup[]) => change("target", { groups });
  return (
    <div className={own.rules}>
      {groups.map((group, index) => (
        <div key={index}>
          {index > 0 && (
            <JoinSelect
              label={t("tags.joinGroups")}
              value={group.join}
              onChange={(join) => set(replaced(groups, index, { ...group, join }))}
            />
          )}
          <Group
            group={group}
            number={index + 1}
            onChange={(changed) => set(replaced(groups, index, changed))}
            onDelete={groups.length > 1 ? () => set(groups.filter((_, other) => other !== index)) : undefined}
          />
        </div>
      ))}
      <div>
        <Button icon={<PlusOutlined />} onClick={() => set([...groups, EMPTY_GROUP])}>
          {t("tags.addGroup")}
        </Button>
      </div>
      <p className={`quiet ${styles.small}`}>{t("tags.help")}</p>
    </div>
  );
}

interface GroupProps {
  group: TagGroup;
  number: number;
  onChange: (group: TagGroup) => void;
  onDelete: (() => void) | undefined;
}

function Group({ group, number, onChange, onDelete }: GroupProps) {
  const { t } = useTranslation("composer");
  const { conditions } = group;
  const set = (conditions: TagCondition[]) => onChange({ ...group, conditions });
  return (
    <fieldset className={own.ruleGroup}>
      <legend className="sr-only">{t("tags.group", { number })}</legend>
      {conditions.map((condition, index) => (
        <div key={index}>
          {index > 0 && (
            <JoinSelect
              label={t("tags.joinConditions")}
              value={condition.join}
              onChange={(join) => set(replaced(conditions, index, { ...condition, join }))}
            />
          )}
          <Condition
            condition={condition}
            onChange={(changed) => set(replaced(conditions, index, changed))}
            onDelete={conditions.length > 1 ? () => set(conditions.filter((_, other) => other !== index)) : undefined}
          />
        </div>
      ))}
      <div className={styles.buttons}>
        <Button size="small" icon={<PlusOutlined />} onClick={() => set([...conditions, EMPTY_CONDITION])}>
          {t("tags.addCondition")}
        </Button>
        <Checkbox checked={group.not} onChange={(event) => onChange({ ...group, not: event.target.checked })}>
          {t("tags.notGroup")}
        </Checkbox>
        {onDelete && (
          <Button size="small" type="text" icon={<DeleteOutlined />} onClick={onDelete}>
            {t("tags.deleteGroup")}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

function replaced<T>(list: T[], index: number, item: T): T[] {
  return list.map((old, at) => (at === index ? item : old));
}
