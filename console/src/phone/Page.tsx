import { Result, Skeleton } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import { PageHeader } from "../shell/PageHeader";

const VirtualPhone = lazy(() => import("./VirtualPhone"));

/** A page that is a real device of the application. */
export default function PhonePage() {
  const { t } = useTranslation("phone");
  const application = useApplication();
  return (
    <>
      <PageHeader title={t("title")} help={t("help")} />
      {may(application.role, "operator") ? (
        <Suspense fallback={<Skeleton active />}>
          <VirtualPhone key={application.access_id} application={application} />
        </Suspense>
      ) : (
        <Result icon={null} title={t("viewer.title")} subTitle={t("viewer.help")} />
      )}
    </>
  );
}
