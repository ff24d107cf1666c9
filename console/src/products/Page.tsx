import { PlusOutlined } from "@ant-design/icons";
import { Button, Input, Space } from "antd";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Product, useProducts } from "../api/products";
import { useMember } from "../api/session";
import { EmptyState } from "../shell/EmptyState";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { ApplicationRow, RowHeads } from "./ApplicationRow";
import { matching } from "./matching";
import styles from "./products.module.css";

/** A product has one application for each. */
const PLATFORMS = 2;
/** Applications; above it one looks for them by name. */
const MANY = 8;

// Dialogs come when they are opened: the list shows sooner.
const ProductForm = lazy(() => import("./ProductForm"));
const ApplicationForm = lazy(() => import("./ApplicationForm"));

export default function ProductsPage() {
  const { t } = useTranslation("products");
  const { administrator } = useMember();
  const products = useProducts();
  const [edited, setEdited] = useState<Product | "new">();
  const [grown, setGrown] = useState<Product>();
  const add = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited("new")}>
      {t("addProduct")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} actions={administrator && add} />
      <Loaded query={products}>
        {(found) =>
          found.length ? (
            <Products products={found} onEdit={setEdited} onGrow={setGrown} />
          ) : (
            <NoProducts action={administrator && add} />
          )
        }
      </Loaded>
      <Suspense>
        {edited && <ProductForm product={edited} onClose={() => setEdited(undefined)} />}
        {grown && <ApplicationForm product={grown} onClose={() => setGrown(undefined)} />}
      </Suspense>
    </>
  );
}

interface ProductsProps {
  products: Product[];
  onEdit: (product: Product) => void;
  /** Add an application. */
  onGrow: (product: Product) => void;
}

/** Where they are many, those that a few letters or a piece of the AccessID find. */
function Products({ products, onEdit, onGrow }: ProductsProps) {
  const { t } = useTranslation("products");
  const [wanted, setWanted] = useState("");
  const many = products.reduce((count, { applications }) => count + applications.length, 0) > MANY;
  const found = many ? matching(products, wanted) : products;
  return (
    <>
      {many && (
        <Input.Search
          allowClear
          className={styles.search}
          placeholder={t("find")}
          aria-label={t("find")}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      {found.map((product) => (
        <ProductPanel
          key={product.product_id}
          product={product}
          onEdit={() => onEdit(product)}
          onGrow={() => onGrow(product)}
        />
      ))}
      {!found.length && <p className="quiet">{t("nothing")}</p>}
    </>
  );
}

interface PanelProps {
  product: Product;
  onEdit: () => void;
  /** Add an application. */
  onGrow: () => void;
}

function ProductPanel({ product, onEdit, onGrow }: PanelProps) {
  const { t } = useTranslation("products");
  const { administrator } = useMember();
  return (
    <section className={`panel ${styles.product}`} aria-label={product.name}>
      <div className={styles.head}>
        <h2>{product.name}</h2>
        {administrator && (
          <Space>
            <Button size="small" onClick={onEdit} aria-label={`${t("editProduct")}: ${product.name}`}>
              {t("edit")}
            </Button>
            {product.applications.length < PLATFORMS && (
              <Button size="small" onClick={onGrow}>
                {t("addApplication")}
              </Button>
            )}
          </Space>
        )}
      </div>
      {product.description && <p className="quiet">{product.description}</p>}
      {product.applications.length ? (
        <>
          <RowHeads />
          <ul className={styles.applications}>
            {product.applications.map((application) => (
              <ApplicationRow key={application.access_id} application={application} />
            ))}
          </ul>
        </>
      ) : (
        <p className="quiet">{t("noApplications")}</p>
      )}
    </section>
  );
}

function NoProducts({ action }: { action: ReactNode }) {
  const { t } = useTranslation("products");
  const { administrator } = useMember();
  return (
    <EmptyState title={t("empty.title")} action={action}>
      {t(administrator ? "empty.text" : "empty.member")}
    </EmptyState>
  );
}
