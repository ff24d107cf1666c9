/** The whole console: theme, language, toasts, queries, and the pages in them. */
import { QueryClientProvider } from "@tanstack/react-query";
import { App, ConfigProvider, theme } from "antd";
import type { Locale } from "antd/es/locale";
import enGB from "antd/es/locale/en_GB";
import { type PropsWithChildren, useEffect, useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";
import { newQueryClient } from "../api/queries";
import { ErrorBoundary } from "./ErrorBoundary";
import { router } from "./routes";
import { themeOf, useDark } from "./theme";
import { useLanguage } from "./useLanguage";
import { useWords } from "./useWords";

export function Console() {
  const dark = useDark();
  return (
    <ConfigProvider locale={useAntLocale()} theme={themeOf(dark)} button={{ autoInsertSpace: false }}>
      <RootColors dark={dark} />
      <ErrorBoundary>
        <App notification={{ placement: "topRight", maxCount: 3 }}>
          <Queries>
            <RouterProvider router={router} />
          </Queries>
        </App>
      </ErrorBoundary>
    </ConfigProvider>
  );
}

function Queries({ children }: PropsWithChildren) {
  const { notification } = App.useApp();
  const { t } = useTranslation();
  const words = useWords();
  const [client] = useState(() =>
    newQueryClient((error) =>
      notification.error({ title: t("errors.title"), description: words(error), role: "alert" }),
    ),
  );
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}

/** Ant Design's own words; the Chinese ones are fetched when needed. */
function useAntLocale(): Locale {
  const { language } = useLanguage();
  const [chinese, setChinese] = useState<Locale>();
  useEffect(() => {
    if (language === "zh") void import("antd/es/locale/zh_CN").then((module) => setChinese(module.default));
  }, [language]);
  return language === "zh" && chinese ? chinese : enGB;
}

/** What styles.css and the pages' style sheets colour with, the same as Ant Design's. */
function RootColors({ dark }: { dark: boolean }) {
  const { token } = theme.useToken();
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.style.colorScheme = dark ? "dark" : "light";
    const colors = {
      "--ground": token.colorBgLayout,
      "--surface": token.colorBgContainer,
      "--raised": token.colorBgElevated,
      "--line": token.colorBorderSecondary,
      "--text": token.colorText,
      "--text-quiet": token.colorTextTertiary,
      "--accent": token.colorPrimary,
      "--accent-soft": token.colorPrimaryBg,
      "--good": token.colorSuccess,
      "--warn": token.colorWarning,
      "--bad": token.colorError,
      "--mono": token.fontFamilyCode,
    };
    for (const [name, value] of Object.entries(colors)) root.style.setProperty(name, value);
  }, [dark, token]);
  return null;
}
