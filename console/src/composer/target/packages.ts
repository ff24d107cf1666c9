/** Uploaded packages, as the target and the exclusion pick them. */
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";
import type { components } from "../../api/schema";

export type Package = components["schemas"]["PackageAnswer"];
/** What a refusal of a file tells about its lines. */
export type Verdict = Pick<Package, "lines" | "accounts" | "duplicates" | "invalid" | "examples" | "header_warning"> & {
  invalid_by_reason: Record<string, number>;
};

const OFFERED = 200;

/** The newest that can be pushed to. */
export function usePackages(accessId: number) {
  return useQuery({
    queryKey: keys.of(accessId, "packages", "offered"),
    queryFn: ({ signal }) => {
      const params = { path: { access_id: accessId }, query: { limit: OFFERED } };
      return answer(api.GET("/apps/{access_id}/packages", { params, signal }));
    },
    select: (packages) => packages.filter(({ state }) => state === "ready"),
  });
}

export function usePackage(accessId: number, packageId: number | null) {
  return useQuery({
    queryKey: keys.of(accessId, "packages", packageId),
    queryFn: ({ signal }) => {
      const params = { path: { access_id: accessId, package_id: packageId ?? 0 } };
      return answer(api.GET("/apps/{access_id}/packages/{package_id}", { params, signal }));
    },
    enabled: packageId !== null,
    staleTime: 60_000,
  });
}
