import type { UseQueryResult } from "@tanstack/react-query";
import { Alert, Button, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
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
  onRetry?: () => void;
}

/** An error where the thing would have been. */
export function Trouble({ error, onRetry }: TroubleProps) {
  const { t } = useTranslation("shell");
  const words = useWords();
  const retry = onRetry && (
    <Button size="small" onClick={onRetry}>
      {t("errors.retry")}
    </Button>
  );
  return <Alert type="error" showIcon role="alert" title={words(error)} action={retry} />;
}
