import { GlobalOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES, type Language } from "./language";
import { useLanguage } from "./useLanguage";

export function LanguageSwitch() {
  const { t } = useTranslation("shell");
  const { language } = useLanguage();
  const items = Object.entries(LANGUAGES).map(([key, label]) => ({ key, label: <span lang={key}>{label}</span> }));
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items,
        selectable: true,
        selectedKeys: [language],
        onClick: ({ key }) => chooseLanguage(key as Language),
      }}
    >
      <Button type="text" icon={<GlobalOutlined />} aria-label={t("language.label")} />
    </Dropdown>
  );
}
