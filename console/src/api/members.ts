/** Members and the audit log: what administrators see and do. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client";
import { keys } from "./queries";
import type { components } from "./schema";

export type MemberRow = components["schemas"]["MemberAnswer"];
export type MemberWanted = components["schemas"]["MemberWanted"];
export type MemberChange = components["schemas"]["MemberChange"];
export type AuditEntry = components["schemas"]["AuditEntry"];

const MEMBERS = ["members"] as const;

export function useMembers() {
  return useQuery<MemberRow[]>({ queryKey: MEMBERS, queryFn: ({ signal }) => answer(api.GET("/members", { signal })) });
}

/** Gives the link that lets the new member choose a password. */
export function useCreateMember() {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: MemberWanted) => answer(api.POST("/members", { body: wanted })),
    onSuccess: () => client.invalidateQueries({ queryKey: MEMBERS }),
  });
}

export function useInviteAgain() {
  return useMutation({
    mutationFn: (memberId: number) =>
      answer(api.POST("/members/{member_id}/invitation", { params: { path: { member_id: memberId } } })),
  });
}

/** The members' own session shows what they may do, so products are asked for again as well. */
export function useChangeMember() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ memberId, change }: { memberId: number; change: MemberChange }) =>
      answer(api.PATCH("/members/{member_id}", { params: { path: { member_id: memberId } }, body: change })),
    onSuccess: () =>
      Promise.all([MEMBERS, keys.session, keys.products].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
