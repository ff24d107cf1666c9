import { MoreOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { url } from "../api/client";
import { may, useApplication } from "../api/products";
import { DANGER } from "../shell/danger";
import type { Cut, Push } from "./queries";
import { type Deed, meaning } from "./states";
import { type Ending, useDeed, useDeleteRecord } from "./useDeed";

export interface Done {
  deed: Ending;
  cut: Cut;
}

interface Props {
  push: Push;
  /** As it is now; the push itself may be a moment older. */
  state: string;
  onDone: (done: Done) => void;
}

/** What may be done with a push in its state. What can't be taken back is asked about first. */
export function Actions({ push, state, onDone }: Props) {
  const { t } = useTranslation("pushes");
  const { access_id, role } = useApplication();
  const navigate = useNavigate();
  const deed = useDeed(push.push_id);
  const ask = useAsk();
  const remove = useRemove(push.push_id);
  if (!may(role, "operator")) return null;

  const can = (wanted: Deed) => meaning(state).deeds.includes(wanted);
  const base = `/apps/${access_id}/pushes`;

  /** What has been sent is only stopped from reaching who was away: that is no urgent matter. */
  const isUpFront = (wanted: "stop" | "cancel") => can(wanted) && meaning(state).word !== "finished";

  async function carryOut(wanted: Ending) {
    if (wanted !== "pause" && wanted !== "resume" && !(await ask(wanted, push))) return;
    const cut = await deed.mutateAsync(wanted).catch(() => undefined);
    if (cut) onDone({ deed: wanted, cut });
  }

  const composer = (more = "") => navigate(`${base}/new?from=${push.push_id}${more}`);
  const items: MenuProps["items"] = [
    ...(can("override") && push.collapse_id
      ? [{ key: "override", label: t("action.override"), onClick: () => composer(`&collapse=${push.collapse_id}`) }]
      : []),
    ...(push.started_at ? [{ key: "outcome", label: <OutcomeLink push={push} /> }] : []),
    ...(can("stop") && !isUpFront("stop")
      ? [{ key: "stop", danger: true, label: t("action.stop"), onClick: () => carryOut("stop") }]
      : []),
    ...(can("revoke")
      ? [{ key: "revoke", danger: true, label: t("action.revoke"), onClick: () => carryOut("revoke") }]
      : []),
    ...(can("delete")
      ? [
          { type: "divider" as const },
          {
            key: "delete",
            danger: true,
            label: t("action.delete"),
            onClick: async () => (await ask("delete", push)) && remove(),
          },
        ]
      : []),
  ];
  return (
    <>
      {(["pause", "resume"] as const).filter(can).map((wanted) => (
        <Button key={wanted} disabled={deed.isPending} onClick={() => carryOut(wanted)}>
          {t(`action.${wanted}`)}
        </Button>
      ))}
      {(["stop", "cancel"] as const).filter(isUpFront).map((wanted) => (
        <Button key={wanted} danger disabled={deed.isPending} onClick={() => carryOut(wanted)}>
          {t(`action.${wanted}`)}
        </Button>
      ))}
      <Button onClick={() => composer()}>{t("action.duplicate")}</Button>
      {items.length > 0 && (
        <Dropdown trigger={["click"]} menu={{ items }} placement="bottomRight">
          <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
        </Dropdown>
      )}
    </>
  );
}

function OutcomeLink({ push }: { push: Push }) {
  const { t } = useTranslation("pushes");
  const { access_id } = useApplication();
  const address = url("/apps/{access_id}/pushes/{push_id}/outcome", { access_id, push_id: push.push_id });
  return (
    <a href={address} download>
      {t("action.outcome")}
    </a>
  );
}

/** Asks in words; true: yes, do it. */
function useAsk() {
  const { t } = useTranslation("pushes");
  const { modal } = App.useApp();
  return async (wanted: Exclude<Ending, "pause" | "resume"> | "delete", push: Push): Promise<boolean> => {
    const title = String(push.message.title || push.push_id);
    const words =
      wanted === "cancel"
        ? { title: t("cancel.title"), content: t("cancel.text", { title }), cancelText: t("cancel.keep") }
        : { title: t(`confirm.${wanted}.title`), content: t(`confirm.${wanted}.text`), cancelText: t("confirm.no") };
    return await modal.confirm({
      ...words,
      okText: t(`action.${wanted}`),
      ...DANGER,
    });
  };
}

function useRemove(pushId: number) {
  const { t } = useTranslation("pushes");
  const { access_id } = useApplication();
  const { notification } = App.useApp();
  const navigate = useNavigate();
  const remove = useDeleteRecord(pushId);
  return async () => {
    const deleted = await remove.mutateAsync().then(
      () => true,
      () => false,
    );
    if (!deleted) return;
    notification.success({ title: t("deleted", { id: pushId }) });
    navigate(`/apps/${access_id}/pushes`);
  };
}
