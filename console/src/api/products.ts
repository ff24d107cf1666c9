/** Products, their applications, and what the member may do in each. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answer, api } from "./client";
import { keys } from "./queries";
import type { components } from "./schema";

export type Role = "administrator" | "operator" | "viewer";

export type Application = components["schemas"]["ApplicationSummary"];
export type Product = components["schemas"]["ProductAnswer"];

export function useProducts() {
  return useQuery<Product[]>({
    queryKey: keys.products,
    queryFn: ({ signal }) => answer(api.GET("/products", { signal })),
    staleTime: 60_000,
  });
}

/** The application of the address, `/apps/:accessId/…`, with its product; undefined elsewhere and while loading. */
export function useAddressedApplication(): (Application & { product: Product }) | undefined {
  const { accessId } = useParams();
  const products = useProducts().data;
  for (const product of products ?? [])
    for (const application of product.applications)
      if (String(application.access_id) === accessId) return { ...application, product };
  return undefined;
}

/** The application a page below `/apps/:accessId/` is about; the shell shows such pages only when it is known. */
export function useApplication(): Application & { product: Product } {
  const application = useAddressedApplication();
  if (!application) throw new Error("useApplication: only below /apps/:accessId");
  return application;
}

const ROLES: readonly string[] = ["viewer", "operator", "administrator"] satisfies Role[];

/** May a member of this role do what takes that one? may(application.role, "operator") */
export function may(role: string, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
