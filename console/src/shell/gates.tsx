/** Who may see the routes inside. Each shows them, leads elsewhere, or says in words why not. */
import { Skeleton, Spin } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation } from "react-router";
import { useAddressedApplication, useProducts } from "../api/products";
import { useMember, useSession } from "../api/session";
import { EmptyState } from "./EmptyState";
import { Trouble } from "./Loaded";
import { NotFound } from "./NotFound";

/** Others are led to the log-in, and from there back to where they wanted. */
export function MembersOnly() {
  const session = useSession();
  const { pathname, search, hash } = useLocation();
  if (session.isPending) return <Spin fullscreen />;
  if (session.isError)
    return (
      <main className="page">
        <Trouble error={session.error} onRetry={() => session.refetch()} />
      </main>
    );
  if (session.data.setup_needed) return <Navigate to="/setup" replace />;
  if (session.data.member) return <Outlet />;
  const wanted = pathname === "/" ? "" : `?next=${encodeURIComponent(pathname + search + hash)}`;
  return <Navigate to={`/login${wanted}`} replace />;
}

export function AdministratorsOnly() {
  const { t } = useTranslation("shell");
  if (useMember().administrator) return <Outlet />;
  return (
    <EmptyState level={1} title={t("forbidden.title")}>
      {t("forbidden.help")}
    </EmptyState>
  );
}

/** An application that is not there, or not for this member, is a page that is not there. */
export function ApplicationKnown() {
  const products = useProducts();
  const application = useAddressedApplication();
  if (products.isPending) return <Skeleton active />;
  if (products.isError) return <Trouble error={products.error} onRetry={() => products.refetch()} />;
  return application ? <Outlet /> : <NotFound />;
}
