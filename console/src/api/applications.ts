/** One application's configuration, keys and push settings; and the making of products and applications. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client";
import { keys } from "./queries";
import type { components } from "./schema";

export type ApplicationDetail = components["schemas"]["ApplicationAnswer"];
export type ApplicationSettings = components["schemas"]["ApplicationSettings"];
export type ApplicationKeys = components["schemas"]["Keys"];
export type PushControls = components["schemas"]["PushControls"];
export type ProductWanted = components["schemas"]["ProductWanted"];
export type ApplicationWanted = components["schemas"]["ApplicationWanted"];

const at = (accessId: number) => ({ path: { access_id: accessId } });

export function useApplicationDetail(accessId: number) {
  return useQuery<ApplicationDetail>({
    queryKey: keys.of(accessId, "settings"),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}", { params: at(accessId), signal })),
  });
}

export function useChangeApplication(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: ApplicationSettings) =>
      answer(api.PUT("/apps/{access_id}", { params: at(accessId), body: wanted })),
    onSuccess: (changed) => {
      client.setQueryData(keys.of(accessId, "settings"), changed);
      return client.invalidateQueries({ queryKey: keys.products });
    },
  });
}

/** Disabled: every call with its keys is refused. */
export function useSetDisabled(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (disabled: boolean) =>
      answer(api.PUT("/apps/{access_id}/status", { params: at(accessId), body: { disabled } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.of(accessId, "settings") }),
        client.invalidateQueries({ queryKey: keys.products }),
      ]),
  });
}

/** That somebody looked is in the audit log, so it is asked for by a click and kept nowhere. */
export function useRevealKeys(accessId: number) {
  return useMutation({
    mutationFn: () => answer(api.POST("/apps/{access_id}/keys", { params: at(accessId) })),
    gcTime: 0,
  });
}

export function useRotateSecretKey(accessId: number) {
  return useMutation({
    mutationFn: () => answer(api.POST("/apps/{access_id}/keys/rotate", { params: at(accessId) })),
    gcTime: 0,
  });
}

export function useControls(accessId: number) {
  return useQuery<PushControls>({
    queryKey: keys.of(accessId, "controls"),
    queryFn: ({ signal }) => answer(api.GET("/apps/{access_id}/controls", { params: at(accessId), signal })),
  });
}

export function useSetControls(accessId: number) {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: PushControls) =>
      answer(api.PUT("/apps/{access_id}/controls", { params: at(accessId), body: wanted })),
    onSuccess: (controls) => client.setQueryData(keys.of(accessId, "controls"), controls),
  });
}

export function useCreateProduct() {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: ProductWanted) => answer(api.POST("/products", { body: wanted })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.products }),
  });
}

export function useChangeProduct(productId: number) {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: ProductWanted) =>
      answer(api.PUT("/products/{product_id}", { params: { path: { product_id: productId } }, body: wanted })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.products }),
  });
}

export function useCreateApplication(productId: number) {
  const client = useQueryClient();
  return useMutation({
    meta: { quiet: true },
    mutationFn: (wanted: ApplicationWanted) =>
      answer(
        api.POST("/products/{product_id}/applications", {
          params: { path: { product_id: productId } },
          body: wanted,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.products }),
  });
}
