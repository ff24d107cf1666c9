/** Products, their applications, and what the member may do in each. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { ApiError } from "./errors";
import { keys } from "./queries";

export type Role = "administrator" | "operator" | "viewer";

export interface Application {
  access_id: number;
  name: string;
  platform: string;
  role: Role;
  disabled: boolean;
  timezone: string;
}

export interface Product {
  product_id: number;
  name: string;
  description: string;
  applications: Application[];
}

export function useProducts() {
  return useQuery<Product[]>({
    queryKey: keys.products,
    queryFn: async ({ signal }) => {
      const response = await fetch("/console/api/products", { signal });
      const body: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw ApiError.of(response.status, body, response.headers);
      return body as Product[];
    },
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

const RANK: Record<Role, number> = { viewer: 0, operator: 1, administrator: 2 };

/** May a member of this role do what takes that one? may(application.role, "operator") */
export function may(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}
