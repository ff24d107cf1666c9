/** How the application stands, and how it went day by day. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { keys } from "../api/queries";
import type { components } from "../api/schema";

export type Overview = components["schemas"]["OverviewAnswer"];
export type Standing = components["schemas"]["StandingAnswer"];
export type Day = components["schemas"]["DayAnswer"];
export type ValueCount = components["schemas"]["ValueCount"];

export const SPANS = [7, 30, 90] as const;
export type Span = (typeof SPANS)[number];

export const PROPERTIES = [
  "device_brand",
  "device_version",
  "system_version",
  "app_version",
  "sdk_version",
  "province",
  "city",
] as const;
export type Property = (typeof PROPERTIES)[number];

const RECOUNTED_MILLISECONDS = 30_000;

export function useOverview(accessId: number, days: Span) {
  return useQuery<Overview>({
    queryKey: keys.of(accessId, "overview", days),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/overview", { params: { path: { access_id: accessId }, query: { days } }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: RECOUNTED_MILLISECONDS,
  });
}

export function useDistribution(accessId: number, property: Property) {
  return useQuery<ValueCount[]>({
    queryKey: keys.of(accessId, "distribution", property),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/apps/{access_id}/overview/distribution", {
          params: { path: { access_id: accessId }, query: { property } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}
