import { Modal, Typography } from "antd";
import { useTranslation } from "react-i18next";

/** The link that sets a password, shown once: it is kept nowhere. */
export default function Invitation({ link, onClose }: { link: string; onClose: () => void }) {
  const { t } = useTranslation("members");
  return (
    <Modal open title={t("linkTitle")} footer={null} onCancel={onClose}>
      <p>{t("linkHelp")}</p>
      <Typography.Paragraph className="mono" copyable={{ text: link, tooltips: [t("copy"), t("copied")] }}>
        {link}
      </Typography.Paragraph>
    </Modal>
  );
}
