/** Test devices: tokens with a remark that the application's operators share. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";

export function useTestDevices(accessId: number) {
  return useQuery({
    queryKey: keys.of(accessId, "test-devices"),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/test-devices", { params: { path: { access_id: accessId } }, signal })),
  });
}

export function useSaveTestDevice(accessId: number) {
  const queries = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: ({ token, remark }: { token: string; remark: string }) => {
      const params = { path: { access_id: accessId, token } };
      return answer(api.PUT("/apps/{access_id}/test-devices/{token}", { params, body: { remark } }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.of(accessId, "test-devices") }),
  });
}

export function useDeleteTestDevice(accessId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (token: string) =>
      answer(
        api.DELETE("/apps/{access_id}/test-devices/{token}", { params: { path: { access_id: accessId, token } } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.of(accessId, "test-devices") }),
  });
}
