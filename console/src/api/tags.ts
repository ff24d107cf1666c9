/** Custom tags and user attributes of an application. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client";
import { keys } from "./queries";
import type { components } from "./schema";

export type TagList = components["schemas"]["TagList"];

export const TAG_PAGE = 100;

/** A page of tags in the order of their names, behind `after`. */
export function useTags(accessId: number, search: string, after: string) {
  return useQuery<TagList>({
    queryKey: keys.of(accessId, "tags", { search, after }),
    queryFn: ({ signal }) => {
      const query = { search, after, limit: TAG_PAGE };
      return answer(api.GET("/apps/{access_id}/tags", { params: { path: { access_id: accessId }, query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useDeleteTag(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (tag: string) =>
      answer(api.DELETE("/apps/{access_id}/tags", { params: { path: { access_id: accessId }, query: { tag } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(accessId, "tags") }),
  });
}

export function useAttributes(accessId: number) {
  return useQuery<string[]>({
    queryKey: keys.of(accessId, "attributes"),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/attributes", { params: { path: { access_id: accessId } }, signal })),
  });
}

export function useCreateAttribute(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      answer(api.POST("/apps/{access_id}/attributes", { params: { path: { access_id: accessId } }, body: { name } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(accessId, "attributes") }),
  });
}

export function useDeleteAttribute(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      answer(api.DELETE("/apps/{access_id}/attributes/{name}", { params: { path: { access_id: accessId, name } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(accessId, "attributes") }),
  });
}
