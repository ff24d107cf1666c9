import type { UseQueryResult } from "@tanstack/react-query";
import { Alert, Button, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/errors";
import { useWords } from "./useWords";

interface Props<T> {
  query: UseQueryResult<T, Error>;
  children: (data: T) => ReactNode;
}

/** What a query brings: a skeleton while it is on its way, words and "try again" when it failed. */
export function Loaded<T>({ query, children }: Props<T>) {
  if (query.isSuccess) return children(query.data);
  if (query.isError) return <Trouble error={query.error} onRetry={() => query.refetch()} />;
  return <Skeleton active aria-busy="true" />;
}

interface TroubleProps {
  error: unknown;
  /** The page's own words, where it knows better than the server what an HTTP status means here. */
  meanings?: Record<number, string>;
  onRetry?: () => void;
}

/** An error where the thing would have been. */
export function Trouble({ error, meanings = {}, onRetry }: TroubleProps) {
  const { t } = useTranslation("shell");
  const words = useWords();
  const meaning = error instanceof ApiError ? meanings[error.status] : undefined;
  const retry = onRetry && (
    <Button size="small" onClick={onRetry}>
      {t("errors.retry")}
    </Button>
  );
  return <Alert type="error" showIcon role="alert" title={meaning ?? words(error)} action={retry} />;
}
