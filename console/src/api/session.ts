/** Who is signed in: one query all pages share, and what changes it. */
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { csrfHeader, rememberCsrfToken } from "./client";
import { ApiError } from "./errors";
import { keys } from "./queries";

export interface Member {
  member_id: number;
  name: string;
  administrator: boolean;
}

export interface Session {
  setup_needed: boolean;
  member: Member | null;
  csrf_token: string;
}

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, headers: { "Content-Type": "application/json", ...csrfHeader() } };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(`/console/api${path}`, init).catch((error: unknown) => {
    throw ApiError.unanswered(error);
  });
  const text = await response.text();
  if (!response.ok) throw ApiError.of(response.status, parsed(text), response.headers);
  return parsed(text) as T;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keep(client: QueryClient, session: Session): Session {
  rememberCsrfToken(session.csrf_token);
  client.setQueryData(keys.session, session);
  return session;
}

export function useSession() {
  return useQuery<Session>({
    queryKey: keys.session,
    queryFn: async () => {
      const session = await send<Session>("GET", "/session");
      rememberCsrfToken(session.csrf_token);
      return session;
    },
    staleTime: 60_000,
  });
}

/** The member who is signed in. Only for what shows behind the log-in. */
export function useMember(): Member {
  const member = useSession().data?.member;
  if (!member) throw new Error("useMember: nobody is signed in");
  return member;
}

export interface Credentials {
  name: string;
  password: string;
}

export function useLogIn() {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (credentials: Credentials) => send<Session>("POST", "/session", credentials),
    onSuccess: (session) => keep(client, session),
  });
}

export function useSetup() {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: Credentials & { token: string }) => send<Session>("POST", "/setup", wanted),
    onSuccess: (session) => keep(client, session),
  });
}

/** Leaves nothing of the member behind in memory. */
export function useLogOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => send<void>("DELETE", "/session"),
    onSuccess: async () => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
      await client.resetQueries({ queryKey: keys.session });
    },
  });
}

export function useChangePassword() {
  return useMutation({
    meta: { quiet: true },
    mutationFn: (change: { old: string; new: string }) => send<void>("PUT", "/session/password", change),
  });
}
