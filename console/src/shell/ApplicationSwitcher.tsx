import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { type Product, useProducts } from "../api/products";
import { useShownApplication } from "./useShownApplication";

/** Product and application. Changing it stays on the same page, of the other application. */
export function ApplicationSwitcher({ onChosen }: { onChosen?: () => void }) {
  const { t } = useTranslation("shell");
  const products = useProducts().data ?? [];
  const application = useShownApplication();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  if (!application) return null;
  return (
    <Select
      aria-label={t("switcher.label")}
      showSearch={{ optionFilterProp: "searched" }}
      value={application.access_id}
      options={options(products, (platform) => t(`platform.${platform === "ios" ? "ios" : "android"}`))}
      popupMatchSelectWidth={false}
      style={{ width: onChosen ? "100%" : 260, marginBottom: onChosen ? 8 : 0 }}
      onChange={(accessId) => {
        navigate(`/apps/${accessId}/${sectionOf(pathname)}`);
        onChosen?.();
      }}
    />
  );
}

function options(products: Product[], platform: (name: string) => string) {
  return products
    .filter((product) => product.applications.length)
    .map((product) => ({
      label: product.name,
      options: product.applications.map((one) => ({
        value: one.access_id,
        label: `${one.name} · ${platform(one.platform)}`,
        searched: `${product.name} ${one.name} ${one.access_id}`,
      })),
    }));
}

/** /apps/1/pushes/70001 → pushes: a push belongs to one application, its list to each. */
function sectionOf(pathname: string): string {
  const [, apps, , section = "", page] = pathname.split("/");
  if (apps !== "apps" || section === "devices") return "overview";
  return section === "pushes" && page === "new" ? "pushes/new" : section;
}
