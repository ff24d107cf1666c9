import { keepPreviousData, type QueryKey, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Cursor, current, cut, FIRST, newer, older } from "./cursors";

export interface Pages<Row> {
  rows: Row[];
  /** From 1. */
  page: number;
  query: UseQueryResult<Row[], Error>;
  /** Undefined where there is nothing. */
  goNewer: (() => void) | undefined;
  goOlder: (() => void) | undefined;
  goFirst: () => void;
}

interface Options<Row> {
  /** What the rows depend on besides the page; a change of it goes back to the first page. */
  queryKey: QueryKey;
  /** Asks for `limit` rows older than `before`. */
  fetchRows: (before: Cursor | undefined, limit: number, signal: AbortSignal) => Promise<Row[]>;
  cursorOf: (row: Row) => Cursor;
  pageSize?: number;
  /** How often to ask again, in milliseconds; it may depend on the rows that show. */
  refetchInterval?: number | ((rows: readonly Row[]) => number);
}

/** A list paged by the server, newest first; `<Pager>` draws its buttons. */
export function usePages<Row>({
  queryKey,
  fetchRows,
  cursorOf,
  pageSize = 50,
  refetchInterval,
}: Options<Row>): Pages<Row> {
  const list = JSON.stringify(queryKey);
  const [state, setState] = useState({ list, cursors: FIRST });
  const cursors = state.list === list ? state.cursors : FIRST;
  const before = current(cursors);
  const query = useQuery<Row[], Error>({
    queryKey: [...queryKey, { before, pageSize }],
    queryFn: ({ signal }) => fetchRows(before, pageSize + 1, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      (typeof refetchInterval === "function" ? refetchInterval(data ?? []) : refetchInterval) ?? false,
  });
  const { rows, more } = cut(query.data ?? [], pageSize);
  const last = rows.at(-1);
  const settled = !query.isPlaceholderData;
  return {
    rows,
    page: cursors.trail.length + 1,
    query,
    goNewer: cursors.trail.length ? () => setState({ list, cursors: newer(cursors) }) : undefined,
    goOlder: more && settled && last ? () => setState({ list, cursors: older(cursors, cursorOf(last)) }) : undefined,
    goFirst: () => setState({ list, cursors: FIRST }),
  };
}
