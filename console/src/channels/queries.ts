/** The vendors' channels of an application. What is secret of them goes to the server and never comes back. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { useApplication } from "../api/products";
import { keys } from "../api/queries";
import type { components } from "../api/schema";

export type Channel = components["schemas"]["ChannelAnswer"];
export type ChannelDetail = components["schemas"]["ChannelDetail"];
export type ChannelField = components["schemas"]["ChannelField"];
export type ChannelCheck = components["schemas"]["ChannelCheck"];
/** By field; a secret left out stays as it was, null takes it away. */
export type Given = Record<string, string | number | boolean | null>;

export function useChannels() {
  const { access_id } = useApplication();
  return useQuery<Channel[]>({
    queryKey: keys.of(access_id, "channels"),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/channels", { params: { path: { access_id } }, signal })),
  });
}

export function useChannel(channel: string) {
  const { access_id } = useApplication();
  const path = { access_id, channel };
  return useQuery<ChannelDetail>({
    queryKey: keys.of(access_id, "channels", channel),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/channels/{channel}", { params: { path }, signal })),
  });
}

function useForget() {
  const { access_id } = useApplication();
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.of(access_id, "channels") });
}

/** Gives how it stands then, at once for whoever shows it. */
function useChange<Wanted>(channel: string, change: (wanted: Wanted) => Promise<ChannelDetail>) {
  const { access_id } = useApplication();
  const client = useQueryClient();
  const forget = useForget();
  return useMutation({
    meta: { quiet: true },
    mutationFn: change,
    onSuccess: (detail) => {
      client.setQueryData(keys.of(access_id, "channels", channel), detail);
      return forget();
    },
  });
}

export function useSaveChannel(channel: string) {
  const params = { path: { access_id: useApplication().access_id, channel } };
  return useChange(channel, (settings: Given) =>
    answer(api.PUT("/apps/{access_id}/channels/{channel}", { params, body: { settings } })),
  );
}

export function useSwitchChannel(channel: string) {
  const params = { path: { access_id: useApplication().access_id, channel } };
  return useChange(channel, (enabled: boolean) =>
    answer(api.PUT("/apps/{access_id}/channels/{channel}/status", { params, body: { enabled } })),
  );
}

export function useResumeChannel(channel: string) {
  const params = { path: { access_id: useApplication().access_id, channel } };
  return useChange(channel, (_: undefined) =>
    answer(api.POST("/apps/{access_id}/channels/{channel}/resume", { params })),
  );
}

/** Without settings: the stored ones. */
export function useTestChannel(channel: string) {
  const params = { path: { access_id: useApplication().access_id, channel } };
  const forget = useForget();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (settings: Given | null) =>
      answer(api.POST("/apps/{access_id}/channels/{channel}/test", { params, body: { settings } })),
    onSuccess: forget,
  });
}

export function useRemoveChannel(channel: string) {
  const params = { path: { access_id: useApplication().access_id, channel } };
  const forget = useForget();
  return useMutation({
    mutationFn: () => answer(api.DELETE("/apps/{access_id}/channels/{channel}", { params })),
    onSuccess: forget,
  });
}
