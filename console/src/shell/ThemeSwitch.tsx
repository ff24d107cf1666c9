import { BulbOutlined, DesktopOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "./theme";

export function ThemeSwitch() {
  const { t } = useTranslation("shell");
  const choice = useThemeChoice();
  const items = [
    { key: "system", icon: <DesktopOutlined />, label: t("theme.system") },
    { key: "light", icon: <SunOutlined />, label: t("theme.light") },
    { key: "dark", icon: <MoonOutlined />, label: t("theme.dark") },
  ];
  return (
    <Dropdown
      trigger={["click"]}
      menu={{ items, selectable: true, selectedKeys: [choice], onClick: ({ key }) => chooseTheme(key as ThemeChoice) }}
    >
      <Button type="text" icon={<BulbOutlined />} aria-label={t("theme.label")} />
    </Dropdown>
  );
}
