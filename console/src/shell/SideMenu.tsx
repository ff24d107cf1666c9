import {
  AimOutlined,
  AppstoreOutlined,
  AuditOutlined,
  BarChartOutlined,
  CalendarOutlined,
  EditOutlined,
  InboxOutlined,
  MobileOutlined,
  SettingOutlined,
  TagsOutlined,
  TeamOutlined,
  UnorderedListOutlined,
} from "@ant-design/icons";
import { Menu, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { type Application, may } from "../api/products";
import { useMember } from "../api/session";
import { useShownApplication } from "./useShownApplication";

type Item = NonNullable<MenuProps["items"]>[number];

/** The pages, in the order TPNS's operators know. Those of an application are of the one chosen above. */
export function SideMenu({ onChosen }: { onChosen?: () => void }) {
  const { t } = useTranslation("shell");
  const member = useMember();
  const application = useShownApplication();
  const { pathname } = useLocation();

  function link(path: string, icon: React.ReactNode, label: string): Item {
    return { key: path, icon, label: <Link to={path}>{label}</Link> };
  }

  function ofApplication({ access_id, role }: Application): Item[] {
    const base = `/apps/${access_id}`;
    const compose = link(`${base}/pushes/new`, <EditOutlined />, t("menu.createPush"));
    return [
      link(`${base}/settings`, <SettingOutlined />, t("menu.settings")),
      link(`${base}/pushes`, <UnorderedListOutlined />, t("menu.pushes")),
      ...(may(role, "operator") ? [compose] : []),
      link(`${base}/plans`, <CalendarOutlined />, t("menu.plans")),
      link(`${base}/packages`, <InboxOutlined />, t("menu.packages")),
      link(`${base}/overview`, <BarChartOutlined />, t("menu.overview")),
      link(`${base}/tags`, <TagsOutlined />, t("menu.tags")),
      link(`${base}/troubleshooting`, <AimOutlined />, t("menu.troubleshooting")),
      link(`${base}/phone`, <MobileOutlined />, t("menu.phone")),
    ];
  }

  const items: Item[] = [link("/products", <AppstoreOutlined />, t("menu.products"))];
  if (application) items.push({ type: "divider" }, ...ofApplication(application));
  if (member.administrator)
    items.push(
      { type: "divider" },
      link("/members", <TeamOutlined />, t("menu.members")),
      link("/audit", <AuditOutlined />, t("menu.audit")),
    );
  return (
    <nav aria-label={t("menu.label")}>
      <Menu
        mode="inline"
        items={items}
        selectedKeys={[selected(pathname, items)]}
        onClick={onChosen}
        inlineIndent={12}
        style={{ borderInlineEnd: 0, background: "transparent" }}
      />
    </nav>
  );
}

/** The longest address of the menu that the page's begins with: a push's page belongs to the list of pushes. */
function selected(pathname: string, items: Item[]): string {
  const fitting = items.map((item) => String(item?.key ?? "")).filter((key) => key && pathname.startsWith(key));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? "";
}
