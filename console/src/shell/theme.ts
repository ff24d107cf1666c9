/** Light and dark. Follows the system unless chosen; one accent, a pigeon's slate blue. */
import { theme as antd, type ThemeConfig } from "antd";
import { useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";
const CHOICE = "rockdove.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const watchers = new Set<() => void>();

function watch(changed: () => void) {
  watchers.add(changed);
  dark.addEventListener("change", changed);
  return () => {
    watchers.delete(changed);
    dark.removeEventListener("change", changed);
  };
}

const still = window.matchMedia("(prefers-reduced-motion: reduce)");

function choice(): ThemeChoice {
  const kept = localStorage.getItem(CHOICE);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(watch, choice);
}

export function chooseTheme(wanted: ThemeChoice) {
  localStorage.setItem(CHOICE, wanted);
  for (const changed of watchers) changed();
}

export function useDark(): boolean {
  return useSyncExternalStore(watch, () => (choice() === "system" ? dark.matches : choice() === "dark"));
}

const SHARED: ThemeConfig["token"] = {
  borderRadius: 6,
  fontFamily: `system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans", sans-serif`,
  fontFamilyCode: `ui-monospace, SFMono-Regular, Menlo, Consolas, monospace`,
  boxShadow: "none",
  boxShadowTertiary: "none",
};

const MENU = { itemHeight: 38, itemMarginInline: 4 };
const FLAT = { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none" };

/** Ant Design's tokens; texts keep a contrast of 4.5 to 1 in every shade we use. Nothing moves for who asked so. */
export function themeOf(isDark: boolean): ThemeConfig {
  const shared = { ...SHARED, motion: !still.matches };
  if (!isDark)
    return {
      token: {
        ...shared,
        colorPrimary: "#48688c",
        colorPrimaryHover: "#54749a",
        colorInfo: "#48688c",
        colorLink: "#3d5f86",
        controlItemBgActive: "#e8eef5",
        controlItemBgActiveHover: "#dde7f1",
        colorSuccess: "#2e7d4f",
        colorWarning: "#a86200",
        colorError: "#c8322e",
        colorBgLayout: "#f6f7f9",
        colorTextSecondary: "rgba(0, 0, 0, 0.68)",
        colorTextTertiary: "rgba(0, 0, 0, 0.6)",
        colorTextDescription: "rgba(0, 0, 0, 0.6)",
        colorTextPlaceholder: "rgba(0, 0, 0, 0.56)",
      },
      components: { Button: FLAT, Menu: { ...MENU, itemSelectedBg: "#e8eef5", itemSelectedColor: "#2f5177" } },
    };
  return {
    algorithm: antd.darkAlgorithm,
    token: {
      ...shared,
      colorPrimary: "#5f82aa",
      colorInfo: "#5f82aa",
      colorLink: "#9dbbdc",
      controlItemBgActive: "#2a3a4f",
      controlItemBgActiveHover: "#324760",
      colorSuccess: "#57b585",
      colorWarning: "#dba04a",
      colorError: "#ff8781",
      colorBgBase: "#14171c",
      colorTextSecondary: "rgba(255, 255, 255, 0.72)",
      colorTextTertiary: "rgba(255, 255, 255, 0.6)",
      colorTextDescription: "rgba(255, 255, 255, 0.6)",
      colorTextPlaceholder: "rgba(255, 255, 255, 0.55)",
    },
    components: {
      Button: { ...FLAT, defaultHoverColor: "#9dbbdc", defaultActiveColor: "#9dbbdc" },
      Dropdown: { colorPrimary: "#9dbbdc" },
      Tabs: { itemSelectedColor: "#9dbbdc", itemHoverColor: "#c9dbf0", inkBarColor: "#9dbbdc" },
      Menu: { ...MENU, itemSelectedBg: "#2a3a4f", itemSelectedColor: "#c9dbf0" },
    },
  };
}
