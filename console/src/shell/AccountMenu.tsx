import { KeyOutlined, LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown, Grid } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useLogOut, useMember } from "../api/session";

export function AccountMenu() {
  const { t } = useTranslation("shell");
  const member = useMember();
  const logOut = useLogOut();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const items = [
    { key: "password", icon: <KeyOutlined />, label: t("account.password"), onClick: () => navigate("/password") },
    { key: "out", icon: <LogoutOutlined />, label: t("account.logOut"), onClick: () => logOut.mutate() },
  ];
  return (
    <Dropdown trigger={["click"]} menu={{ items }}>
      <Button type="text" icon={<UserOutlined />} aria-label={t("account.label", { name: member.name })}>
        {wide ? member.name : null}
      </Button>
    </Dropdown>
  );
}
