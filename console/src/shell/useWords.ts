import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, reasonKey } from "../api/errors";

/** Any error in words: the server's own sentence where it gave one, else what its status means and what to do. */
export function useWords(): (error: unknown) => string {
  const { t } = useTranslation("shell");
  return useCallback(
    (error) => {
      if (!(error instanceof ApiError)) return t("errors.unexpected");
      if (error.retryAfterSeconds) return t("errors.tooOftenWait", { count: error.retryAfterSeconds });
      return error.message || t(reasonKey(error.status));
    },
    [t],
  );
}
