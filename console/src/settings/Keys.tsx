import { App, Button, Space, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApplicationKeys, useRevealKeys, useRotateSecretKey } from "../api/applications";
import { DANGER } from "../shell/danger";
import { FactList } from "../tables/FactList";

/** Hidden until somebody asks for them; that is in the audit log. */
export function Keys({ accessId }: { accessId: number }) {
  const { t } = useTranslation("settings");
  const { modal } = App.useApp();
  const [keys, setKeys] = useState<ApplicationKeys>();
  const reveal = useRevealKeys(accessId);
  const rotate = useRotateSecretKey(accessId);

  function ask() {
    modal.confirm({
      title: t("rotateTitle"),
      content: t("rotateHelp"),
      okText: t("rotate"),
      ...DANGER,
      onOk: () => rotate.mutateAsync().then(setKeys),
    });
  }

  return (
    <div className="panel" style={{ maxWidth: 640 }}>
      <FactList
        facts={[
          { name: "AccessID", value: <Key text={String(accessId)} /> },
          { name: "AccessKey", value: <Key text={keys?.access_key} /> },
          { name: "SecretKey", value: <Key text={keys?.secret_key} /> },
        ]}
      />
      <p className="quiet">{t("keysHelp")}</p>
      <Space wrap style={{ marginTop: 8 }}>
        {keys ? (
          <Button onClick={() => setKeys(undefined)}>{t("hide")}</Button>
        ) : (
          <Button onClick={() => reveal.mutate(undefined, { onSuccess: setKeys })} loading={reveal.isPending}>
            {t("reveal")}
          </Button>
        )}
        <Button danger onClick={ask}>
          {t("rotate")}
        </Button>
      </Space>
    </div>
  );
}

function Key({ text }: { text: string | undefined }) {
  const { t } = useTranslation("settings");
  if (text === undefined) return <span className="quiet">{t("hidden")}</span>;
  return (
    <Typography.Text className="mono" copyable={{ text, tooltips: [t("copy"), t("copied")] }}>
      {text}
    </Typography.Text>
  );
}
