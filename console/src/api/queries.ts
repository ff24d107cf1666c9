/** How queries are named and kept. Everything of an application lies below its key, so one call forgets it all. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./errors";

export const keys = {
  session: ["session"] as const,
  products: ["products"] as const,
  /** keys.of(accessId, "packages"), keys.of(accessId, "packages", packageId) … */
  of: (accessId: number, noun: string, ...rest: unknown[]) => ["apps", accessId, noun, ...rest] as const,
};

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Error;
    /** `quiet`: the page shows the error itself, no toast. */
    mutationMeta: { quiet?: boolean };
  }
}

const ASK_AGAIN = new Set([0, 502, 503, 504]);

export function newQueryClient(toast: (error: Error) => void): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: signedOut }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        signedOut(error);
        if (!mutation.meta?.quiet) toast(error);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && error instanceof ApiError && ASK_AGAIN.has(error.status),
      },
    },
  });

  /** A session that has ended is found out by any call; the shell then leads to the log-in. */
  function signedOut(error: Error) {
    const known = client.getQueryData<{ member: unknown }>(keys.session);
    if (error instanceof ApiError && error.status === 401 && known?.member)
      client.invalidateQueries({ queryKey: keys.session });
  }

  return client;
}
