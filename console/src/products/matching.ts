import type { Product } from "../api/products";

/** Products whose name is meant, whole; of the others the applications that are. An empty text means all. */
export function matching(products: readonly Product[], text: string): Product[] {
  const wanted = text.trim().toLowerCase();
  const meant = (name: string) => name.toLowerCase().includes(wanted);
  return products.flatMap((product) => {
    if (meant(product.name)) return [product];
    const applications = product.applications.filter((one) => meant(one.name) || meant(String(one.access_id)));
    return applications.length ? [{ ...product, applications }] : [];
  });
}
