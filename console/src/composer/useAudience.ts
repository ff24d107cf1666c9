import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { ApiError } from "../api/errors";
import { keys } from "../api/queries";
import type { components } from "../api/schema";
import type { PreviewRequest } from "./newPush";
import { useSettled } from "./useSettled";

export type PreviewState = components["schemas"]["PreviewState"];
export type PreviewResult = components["schemas"]["PreviewResult"];
export type Reach = components["schemas"]["ReachAnswer"];

const SETTLED_MS = 500;
const POLL_MS = 1000;

/** Whom would it reach? Counted anew when the request has changed and settled; null: there is nothing to count yet. */
export function useAudience(accessId: number, request: PreviewRequest | null) {
  return useCount(accessId, useSettled(request, SETTLED_MS), 30_000);
}

/** The same of a request that does not change any more, as of now. */
export function useAudienceNow(accessId: number, request: PreviewRequest | null) {
  return useCount(accessId, request, 0);
}

function useCount(accessId: number, wanted: PreviewRequest | null, staleTime: number) {
  return useQuery({
    queryKey: keys.of(accessId, "previews", wanted),
    queryFn: ({ signal }) => counted(accessId, wanted, signal),
    enabled: wanted !== null,
    staleTime,
  });
}

async function counted(accessId: number, wanted: PreviewRequest | null, signal: AbortSignal): Promise<PreviewState> {
  if (!wanted) throw new Error("nothing to count");
  const path = { access_id: accessId };
  let state = await answer(api.POST("/apps/{access_id}/previews", { params: { path }, body: wanted, signal }));
  while (state.state === "waiting") {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const { preview_id } = state;
    const again = api.GET("/apps/{access_id}/previews/{preview_id}", {
      params: { path: { ...path, preview_id } },
      signal,
    });
    state = await answer(again);
  }
  if (state.state === "failed") throw new ApiError(422, state.failure);
  return state;
}

/** The reach of the choice that the form has made. */
export function reachOf(result: PreviewResult, everyDevice: boolean): Reach {
  return (everyDevice ? null : result.recent) ?? result.every;
}
