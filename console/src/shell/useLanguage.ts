import { useTranslation } from "react-i18next";
import { type Language, LOCALES } from "./language";

/** The language that shows, and its tag for Intl. */
export function useLanguage(): { language: Language; locale: string } {
  const { i18n } = useTranslation();
  const language: Language = i18n.language === "zh" ? "zh" : "en";
  return { language, locale: LOCALES[language] };
}
