/** Top bar, side menu (a drawer on a phone), and the page. */
import { MenuOutlined } from "@ant-design/icons";
import { Button, Drawer, Grid, Skeleton } from "antd";
import { Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation } from "react-router";
import { useAddressedApplication } from "../api/products";
import { AccountMenu } from "./AccountMenu";
import { ApplicationSwitcher } from "./ApplicationSwitcher";
import { LanguageSwitch } from "./LanguageSwitch";
import styles from "./Layout.module.css";
import { SideMenu } from "./SideMenu";
import { ThemeSwitch } from "./ThemeSwitch";

export function Layout() {
  const { t } = useTranslation("shell");
  const wide = Grid.useBreakpoint().md ?? true;
  const [drawer, setDrawer] = useState(false);
  const main = useFocusOnNavigation();
  const addressed = useAddressedApplication();
  return (
    <div className={styles.layout}>
      <a className="skip-link" href="#content">
        {t("skip")}
      </a>
      <header className={styles.header}>
        {!wide && (
          <Button type="text" icon={<MenuOutlined />} aria-label={t("menu.open")} onClick={() => setDrawer(true)} />
        )}
        <Link to="/products" className={styles.brand} aria-label="Rockdove">
          <img src="/console/dove.svg" alt="" width={28} height={28} />
          {(wide || !addressed) && <span>Rockdove</span>}
        </Link>
        {wide && <ApplicationSwitcher />}
        {!wide && addressed && (
          <span className={styles.application}>
            {addressed.name}
            <span className="quiet"> · {t(`platform.${addressed.platform === "ios" ? "ios" : "android"}`)}</span>
          </span>
        )}
        <div className={styles.tools}>
          <LanguageSwitch />
          <ThemeSwitch />
          <AccountMenu />
        </div>
      </header>
      {wide ? (
        <aside className={styles.side}>
          <SideMenu />
        </aside>
      ) : (
        <Drawer
          open={drawer}
          onClose={() => setDrawer(false)}
          placement="left"
          size={288}
          title={t("menu.label")}
          styles={{ body: { padding: 8 } }}
        >
          <ApplicationSwitcher onChosen={() => setDrawer(false)} />
          <SideMenu onChosen={() => setDrawer(false)} />
        </Drawer>
      )}
      <main ref={main} id="content" tabIndex={-1} className={styles.main}>
        <div className="page">
          <Suspense fallback={<Skeleton active />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
    </div>
  );
}

/** Keyboard and screen reader go on in the new page, not in the menu it was chosen from. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
