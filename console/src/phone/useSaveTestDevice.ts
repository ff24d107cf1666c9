import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { keys } from "../api/queries";

/** A device that test previews of pushes go to. */
export function useSaveTestDevice(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ token, remark }: { token: string; remark: string }) =>
      answer(
        api.PUT("/apps/{access_id}/test-devices/{token}", {
          params: { path: { access_id: accessId, token } },
          body: { remark },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(accessId, "test-devices") }),
  });
}
