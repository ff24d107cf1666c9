import { Alert, App, Button, Drawer, Grid, Switch, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import { DANGER } from "../shell/danger";
import { Loaded, Trouble } from "../shell/Loaded";
import { useSentence } from "../shell/useWords";
import { ChannelForm } from "./ChannelForm";
import { Standing } from "./Channels";
import styles from "./channels.module.css";
import {
  type ChannelDetail,
  type Given,
  useChannel,
  useRemoveChannel,
  useResumeChannel,
  useSaveChannel,
  useSwitchChannel,
  useTestChannel,
} from "./queries";
import { Receipts } from "./Receipts";
import { useChannelName } from "./useChannelName";

const ALERTS = { accepted: "success", refused: "error", unanswered: "warning" } as const;

interface Props {
  channel: string;
  onClose: () => void;
}

/** One channel: how it stands, its settings, what to tell the vendor. */
export default function ChannelDrawer({ channel, onClose }: Props) {
  const nameOf = useChannelName();
  const { md } = Grid.useBreakpoint();
  const detail = useChannel(channel);
  return (
    <Drawer open title={nameOf(channel)} size={md ? 640 : "100%"} onClose={onClose} mask={{ closable: false }}>
      <Loaded query={detail}>{(found) => <Content detail={found} onRemoved={onClose} />}</Loaded>
    </Drawer>
  );
}

function Content({ detail, onRemoved }: { detail: ChannelDetail; onRemoved: () => void }) {
  const { t } = useTranslation("channels");
  const { message } = App.useApp();
  const { role } = useApplication();
  const save = useSaveChannel(detail.channel);
  const test = useTestChannel(detail.channel);
  const manages = may(role, "administrator");

  /** What was saved is tried at once: whoever sets it up wants to know, and the day a certificate ends is then known. */
  function keep(given: Given) {
    test.reset();
    save.mutate(given, {
      onSuccess: () => {
        message.success(t("saved"));
        test.mutate(null);
      },
    });
  }

  return (
    <div className={styles.drawer}>
      <StandingNow detail={detail} />
      <ChannelForm
        key={detail.changed_at}
        detail={detail}
        readOnly={!manages}
        error={save.error ?? test.error}
        busy={save.isPending ? "saving" : test.isPending ? "testing" : undefined}
        onSave={keep}
        onTest={(given) => {
          save.reset();
          test.mutate(given);
        }}
        said={
          test.data && (
            <Alert
              role="status"
              showIcon
              type={ALERTS[test.data.outcome]}
              title={t(`outcome.${test.data.outcome}`)}
              description={<Says says={test.data.says} />}
            />
          )
        }
      />
      <Receipts detail={detail} />
      <p className="quiet">
        {t("documentation")}{" "}
        <Typography.Text className="mono" copyable>
          {detail.documentation}
        </Typography.Text>
      </p>
      {manages && detail.configured && <Remove detail={detail} onRemoved={onRemoved} />}
    </div>
  );
}

function Says({ says }: { says: string }) {
  return useSentence()(says);
}

/** With the switch, and the way out of a stop. */
function StandingNow({ detail }: { detail: ChannelDetail }) {
  const { t } = useTranslation("channels");
  const { role } = useApplication();
  const turn = useSwitchChannel(detail.channel);
  const resume = useResumeChannel(detail.channel);
  const error = turn.error ?? resume.error;
  return (
    <>
      <div className={styles.standingNow}>
        <Standing channel={detail} />
        <div className={styles.deeds}>
          {detail.stopped_until && may(role, "operator") && (
            <Button onClick={() => resume.mutate(undefined)} loading={resume.isPending}>
              {t("resume")}
            </Button>
          )}
          {detail.configured && (
            <Switch
              aria-label={t("enabled")}
              checked={detail.enabled}
              disabled={!may(role, "administrator")}
              loading={turn.isPending}
              onChange={(enabled) => turn.mutate(enabled)}
            />
          )}
        </div>
      </div>
      {error && <Trouble error={error} />}
    </>
  );
}

function Remove({ detail, onRemoved }: { detail: ChannelDetail; onRemoved: () => void }) {
  const { t } = useTranslation("channels");
  const { modal } = App.useApp();
  const nameOf = useChannelName();
  const remove = useRemoveChannel(detail.channel);

  function ask() {
    modal.confirm({
      title: t("removeTitle", { name: nameOf(detail.channel) }),
      content: t("removeHelp"),
      okText: t("remove"),
      ...DANGER,
      onOk: () => remove.mutateAsync().then(onRemoved),
    });
  }

  return (
    <div>
      <Button danger onClick={ask}>
        {t("remove")}
      </Button>
    </div>
  );
}
