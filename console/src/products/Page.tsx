import { useTranslation } from "react-i18next";
import { type Product, useProducts } from "../api/products";
import { useMember } from "../api/session";
import { EmptyState } from "../shell/EmptyState";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { ApplicationRow } from "./ApplicationRow";
import styles from "./products.module.css";

export default function ProductsPage() {
  const { t } = useTranslation("products");
  const products = useProducts();
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} />
      <Loaded query={products}>{(found) => (found.length ? found.map(panel) : <NoProducts />)}</Loaded>
    </>
  );
}

function panel(product: Product) {
  return <ProductPanel key={product.product_id} product={product} />;
}

function ProductPanel({ product }: { product: Product }) {
  const { t } = useTranslation("products");
  return (
    <section className={`panel ${styles.product}`} aria-label={product.name}>
      <h2>{product.name}</h2>
      {product.description && <p className="quiet">{product.description}</p>}
      {product.applications.length ? (
        <ul className={styles.applications}>
          {product.applications.map((application) => (
            <ApplicationRow key={application.access_id} application={application} />
          ))}
        </ul>
      ) : (
        <p className="quiet">{t("noApplications")}</p>
      )}
    </section>
  );
}

function NoProducts() {
  const { t } = useTranslation("products");
  const { administrator } = useMember();
  return <EmptyState title={t("empty.title")}>{t(administrator ? "empty.text" : "empty.member")}</EmptyState>;
}
