/** Uploaded packages. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { useApplication } from "../api/products";
import { keys } from "../api/queries";
import type { components } from "../api/schema";

export type Package = components["schemas"]["PackageAnswer"];

export function usePackage(packageId: number) {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "packages", packageId),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/packages/{package_id}", {
          params: { path: { access_id, package_id: packageId } },
          signal,
        }),
      ),
  });
}

/** The newest pushes that were made with it. */
export function usePushesTo(packageId: number, limit: number) {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "pushes", "of-package", packageId),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/pushes", {
          params: { path: { access_id }, query: { package_id: packageId, limit } },
          signal,
        }),
      ),
  });
}

export function useDeletePackage() {
  const { access_id } = useApplication();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (package_id: number) =>
      answer(api.DELETE("/apps/{access_id}/packages/{package_id}", { params: { path: { access_id, package_id } } })),
    // Asked for again when they next show: the page that is still there would ask for what is gone.
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(access_id, "packages"), refetchType: "none" }),
  });
}

/** Can a push still be made with it? */
export function isUsable(one: Package): boolean {
  return one.state === "ready" && Date.parse(one.expires_at) > Date.now();
}
