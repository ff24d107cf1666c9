import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, reasonKey } from "../api/errors";
import { inLanguage } from "../words/sentences";

/** Any error in words: the server's own sentence where it gave one, else what its status means and what to do. */
export function useWords(): (error: unknown) => string {
  const { t, i18n } = useTranslation("shell");
  return useCallback(
    (error) => {
      if (!(error instanceof ApiError)) return t("errors.unexpected");
      if (error.retryAfterSeconds) return t("errors.tooOftenWait", { count: error.retryAfterSeconds });
      return inLanguage(i18n.language, error.message) || t(reasonKey(error.status));
    },
    [t, i18n.language],
  );
}

/** One of the server's own sentences, e.g. why a file was refused, in the language that shows. */
export function useSentence(): (sentence: string) => string {
  const { i18n } = useTranslation("shell");
  return (sentence) => inLanguage(i18n.language, sentence);
}
