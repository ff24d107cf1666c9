/** Push plans, and what came of their pushes. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { useApplication } from "../api/products";
import { keys } from "../api/queries";
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Plan = Schemas["PlanAnswer"];
export type PlanTotals = Schemas["PlanTotals"];
export type PlanWanted = Schemas["PlanWanted"];

export const DAYS = 30;

/** Newest first; the default plan is not among them. */
export function usePlans() {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "plans"),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/plans", { params: { path: { access_id } }, signal })),
    staleTime: 60_000,
  });
}

/** By plan id; of plans without a push lately there is nothing. */
export function usePlanTotals() {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "plans", "totals"),
    queryFn: async ({ signal }) => {
      const params = { path: { access_id }, query: { days: DAYS } };
      const found = await answer(api.GET("/apps/{access_id}/plan-totals", { params, signal }));
      return new Map(found.map((one) => [one.plan_id, one]));
    },
    refetchInterval: 60_000,
  });
}

export function usePlanFunnel(planId: string) {
  const { access_id } = useApplication();
  return useQuery({
    queryKey: keys.of(access_id, "plans", planId, "funnel"),
    queryFn: ({ signal }) => {
      const params = { path: { access_id }, query: { plan_id: planId, days: DAYS } };
      return answer(api.GET("/apps/{access_id}/plan-totals/funnel", { params, signal }));
    },
    refetchInterval: 60_000,
  });
}

/** Creates a plan, or changes the one given. */
export function useSavePlan(planId: string | undefined) {
  const { access_id } = useApplication();
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (body: PlanWanted) =>
      planId === undefined
        ? answer(api.POST("/apps/{access_id}/plans", { params: { path: { access_id } }, body }))
        : answer(
            api.PUT("/apps/{access_id}/plans/{plan_id}", {
              params: { path: { access_id, plan_id: Number(planId) } },
              body,
            }),
          ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(access_id, "plans") }),
  });
}

export function useDeletePlan() {
  const { access_id } = useApplication();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (planId: string) =>
      answer(
        api.DELETE("/apps/{access_id}/plans/{plan_id}", { params: { path: { access_id, plan_id: Number(planId) } } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.of(access_id, "plans") }),
  });
}
