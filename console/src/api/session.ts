/** Who is signed in: one query all pages share, and what changes it. */
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, rememberCsrfToken } from "./client";
import { keys } from "./queries";
import type { components } from "./schema";

export type Session = components["schemas"]["SessionAnswer"];
export type Member = components["schemas"]["SessionMember"];

function keep(client: QueryClient, session: Session) {
  rememberCsrfToken(session.csrf_token);
  client.setQueryData(keys.session, session);
}

export function useSession() {
  return useQuery<Session>({
    queryKey: keys.session,
    queryFn: async ({ signal }) => {
      const session = await answer(api.GET("/session", { signal }));
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
    mutationFn: (credentials: Credentials) => answer(api.POST("/session", { body: credentials })),
    onSuccess: (session) => keep(client, session),
  });
}

/** Whom a one-time link is for; "" stands for the first administrator, who chooses a name. */
export function useLink(token: string) {
  return useQuery({
    queryKey: ["link", token],
    queryFn: () => answer(api.POST("/setup/link", { body: { token } })),
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Uses a one-time link up; whoever was signed in here before no longer is. */
export function useSetup() {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: Credentials & { token: string }) => answer(api.POST("/setup", { body: wanted })),
    onSuccess: (session) => {
      client.clear();
      keep(client, session);
    },
  });
}

/** Leaves nothing of the member behind in memory. */
export function useLogOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE("/session")),
    onSuccess: async () => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
      await client.resetQueries({ queryKey: keys.session });
    },
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (change: { old: string; new: string }) => answer(api.PUT("/session/password", { body: change })),
    onSuccess: (session) => keep(client, session),
  });
}
