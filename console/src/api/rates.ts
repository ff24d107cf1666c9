/** How fast an application may call, and the package names of its devices. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client";
import { keys } from "./queries";
import type { components } from "./schema";

export type RateSettings = components["schemas"]["RateSettings"];
export type Rates = components["schemas"]["RatesAnswer"];
export type PackageName = components["schemas"]["PackageName"];

const at = (accessId: number) => ({ path: { access_id: accessId } });

export function useRates(accessId: number) {
  return useQuery<Rates>({
    queryKey: keys.of(accessId, "rates"),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/rates", { params: at(accessId), signal })),
  });
}

export function useSetRates(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: RateSettings) =>
      answer(api.PUT("/apps/{access_id}/rates", { params: at(accessId), body: wanted })),
    onSuccess: (rates) => client.setQueryData(keys.of(accessId, "rates"), rates),
  });
}

/** `main`, `others`: as configured now; with another list the kinds of the names are others. */
export function usePackageNames(accessId: number, main: string, others: readonly string[]) {
  return useQuery<PackageName[]>({
    queryKey: keys.of(accessId, "package-names", main, others),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/package-names", { params: at(accessId), signal })),
  });
}
