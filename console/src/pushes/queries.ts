/** One push: what was asked for, and its progress as it happens. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answer, api, url } from "../api/client";
import { useApplication } from "../api/products";
import { keys } from "../api/queries";
import type { components } from "../api/schema";
import { useEvents } from "../api/useEvents";
import { sums } from "./series";

type Schemas = components["schemas"];
export type Push = Schemas["PushAnswer"];
export type PushRow = Schemas["PushRow"];
export type Progress = Schemas["PushProgress"];
export type StageCounts = Schemas["StageCounts"];
export type Cut = Schemas["CutAnswer"];

export function usePush(pushId: number) {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "pushes", pushId),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/pushes/{push_id}", { params: { path: path(access_id, pushId) }, signal })),
  });
}

/** Followed while the page shows; what else of the push depends on its state is asked for again when that changes. */
export function useProgress(pushId: number) {
  const { access_id } = useApplication();
  const client = useQueryClient();
  const key = keys.of(access_id, "pushes", pushId, "progress");
  const query = useQuery<Progress>({
    queryKey: key,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/pushes/{push_id}/progress", { params: { path: path(access_id, pushId) }, signal }),
      ),
  });
  const address = url("/apps/{access_id}/pushes/{push_id}/events", path(access_id, pushId));
  const liveness = useEvents(query.isSuccess ? address : undefined, {
    progress: (data) => client.setQueryData(key, data as Progress),
  });
  const state = query.data?.state;
  const planned = query.data?.total.planned;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of either is what matters
  useEffect(() => {
    if (state === "PUSH_DELETED") return; // there is nothing left to ask for
    client.invalidateQueries({ queryKey: keys.of(access_id, "pushes", pushId), exact: true });
    client.invalidateQueries({ queryKey: keys.of(access_id, "pushes", pushId, "history") });
  }, [client, access_id, pushId, state, planned]);
  return { query, liveness };
}

/** Asked for again soon while it does not add up to what the progress says. */
export function useTimeline(pushId: number, { arrived, shown, clicked, cleared }: StageCounts) {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "pushes", pushId, "timeline"),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/pushes/{push_id}/timeline", { params: { path: path(access_id, pushId) }, signal }),
      ),
    refetchInterval: ({ state: { data } }) => {
      const told = sums(data ?? []);
      const addsUp =
        told.arrived === arrived && told.shown === shown && told.clicked === clicked && told.cleared === cleared;
      return addsUp ? 30_000 : 2_000;
    },
  });
}

export function useHistory(pushId: number) {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "pushes", pushId, "history"),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/pushes/{push_id}/history", { params: { path: path(access_id, pushId) }, signal }),
      ),
  });
}

function path(access_id: number, push_id: number) {
  return { access_id, push_id };
}
