/** What one does with a push: pause, resume, stop, recall, cancel. Gives where it was cut. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { ApiError } from "../api/errors";
import { useApplication } from "../api/products";
import { keys } from "../api/queries";
import { useWords } from "../shell/useWords";
import type { Cut } from "./queries";
import type { Deed } from "./states";

export type Ending = Exclude<Deed, "override" | "delete">;

export function useDeed(pushId: number) {
  const { access_id } = useApplication();
  const client = useQueryClient();
  const { notification } = App.useApp();
  const { t } = useTranslation("pushes");
  const words = useWords();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (deed: Ending) => carryOut(deed, access_id, pushId),
    onError: (error) =>
      notification.error({
        title: error instanceof ApiError && error.status === 409 ? t("movedOn") : words(error),
        role: "alert",
      }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.of(access_id, "pushes") }),
  });
}

function carryOut(deed: Ending, access_id: number, push_id: number): Promise<Cut> {
  const params = { params: { path: { access_id, push_id } } };
  switch (deed) {
    case "pause":
      return answer(api.POST("/apps/{access_id}/pushes/{push_id}/pause", params));
    case "resume":
      return answer(api.POST("/apps/{access_id}/pushes/{push_id}/resume", params));
    case "stop":
      return answer(api.POST("/apps/{access_id}/pushes/{push_id}/stop", params));
    case "revoke":
      return answer(api.POST("/apps/{access_id}/pushes/{push_id}/revoke", params));
    case "cancel":
      return answer(api.POST("/apps/{access_id}/pushes/{push_id}/cancel", params));
  }
}

export function useDeleteRecord(pushId: number) {
  const { access_id } = useApplication();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(api.DELETE("/apps/{access_id}/pushes/{push_id}", { params: { path: { access_id, push_id: pushId } } })),
    // Asked for again when they next show: the page that is still there would ask for what is gone.
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(access_id, "pushes"), refetchType: "none" }),
  });
}
