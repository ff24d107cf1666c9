/** English or 中文: the browser's language unless chosen. Texts lie in locales/<language>/<noun>.json, fetched when needed. */
import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";
import { fetchSentences } from "../words/sentences";

export const LANGUAGES = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;
/** For <html lang>, Intl and Ant Design. */
export const LOCALES: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };

const CHOICE = "rockdove.language";
const files = import.meta.glob<Record<string, unknown>>("../locales/*/*.json", { import: "default" });

const fetched: BackendModule = {
  type: "backend",
  init() {},
  read(language, namespace, done) {
    const load = files[`../locales/${language}/${namespace}.json`];
    if (!load) return done(new Error(`there are no texts ${language}/${namespace}`), false);
    load().then(
      (texts) => done(null, texts),
      (error: Error) => done(error, true),
    );
  },
};

export async function startLanguage(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = LOCALES[language as Language];
    void fetchSentences(language);
  });
  await i18next
    .use(fetched)
    .use(initReactI18next)
    .init({
      lng: chosenLanguage(localStorage.getItem(CHOICE), navigator.languages),
      fallbackLng: false,
      supportedLngs: Object.keys(LANGUAGES),
      ns: ["shell"],
      defaultNS: "shell",
      interpolation: { escapeValue: false }, // React escapes
    });
}

/** What was chosen once, else the first of the browser's languages we speak, else English. */
export function chosenLanguage(choice: string | null, wanted: readonly string[]): Language {
  const known = [choice ?? "", ...wanted].map((tag) => tag.slice(0, 2).toLowerCase());
  return known.find((tag): tag is Language => tag in LANGUAGES) ?? "en";
}

export function chooseLanguage(language: Language) {
  localStorage.setItem(CHOICE, language);
  void i18next.changeLanguage(language);
}
