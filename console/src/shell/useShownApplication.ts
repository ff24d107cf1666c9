import { useEffect } from "react";
import { type Application, useAddressedApplication, useProducts } from "../api/products";

const LAST = "rockdove.application";

/** The application of the address; on pages of none the last one visited, or the first. */
export function useShownApplication(): Application | undefined {
  const addressed = useAddressedApplication();
  const all = (useProducts().data ?? []).flatMap((product) => product.applications);
  const accessId = addressed?.access_id;
  useEffect(() => {
    if (accessId) localStorage.setItem(LAST, String(accessId));
  }, [accessId]);
  return addressed ?? all.find((one) => String(one.access_id) === localStorage.getItem(LAST)) ?? all[0];
}
