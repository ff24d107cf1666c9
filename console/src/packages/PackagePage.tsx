import { Alert, App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { url } from "../api/client";
import { ApiError } from "../api/errors";
import { may, useApplication } from "../api/products";
import { VerdictFigures } from "../composer/target/Verdict";
import { Facts } from "../pushes/Facts";
import { BackLink } from "../shell/BackLink";
import { DANGER } from "../shell/danger";
import { Loaded } from "../shell/Loaded";
import { NotFound } from "../shell/NotFound";
import { PageHeader } from "../shell/PageHeader";
import { useSentence } from "../shell/useWords";
import { useNumbers } from "../words/Count";
import { Time } from "../words/Time";
import { PackageState, Uploader } from "./PackageTable";
import { PushesTo } from "./PushesTo";
import styles from "./packages.module.css";
import { isUsable, type Package, useDeletePackage, usePackage } from "./queries";

export default function PackagePage() {
  const { packageId } = useParams();
  const id = Number(packageId);
  return Number.isSafeInteger(id) && id > 0 ? <One packageId={id} /> : <NotFound />;
}

function One({ packageId }: { packageId: number }) {
  const query = usePackage(packageId);
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFound />;
  return <Loaded query={query}>{(found) => <Details of={found} />}</Loaded>;
}

function Details({ of }: { of: Package }) {
  const { t } = useTranslation("packages");
  const { access_id } = useApplication();
  return (
    <>
      <BackLink to={`/apps/${access_id}/packages`}>{t("back")}</BackLink>
      <PageHeader title={of.file_name} help={`${t("packageTitle")} ${of.package_id}`} actions={<Actions of={of} />} />
      <div className={styles.columns}>
        <div className={styles.column}>
          <Verdict of={of} />
          {of.state === "ready" && <PushesTo packageId={of.package_id} />}
        </div>
        <div className={styles.column}>
          <File of={of} />
        </div>
      </div>
    </>
  );
}

function Actions({ of }: { of: Package }) {
  const { t } = useTranslation("packages");
  const { access_id, role } = useApplication();
  const navigate = useNavigate();
  const path = { access_id, package_id: of.package_id };
  if (!may(role, "operator")) return null;
  return (
    <>
      <DeleteButton of={of} />
      {of.state === "ready" && (
        <Button href={url("/apps/{access_id}/packages/{package_id}/file", path)} download={of.file_name}>
          {t("download")}
        </Button>
      )}
      {isUsable(of) && (
        <Button type="primary" onClick={() => navigate(`/apps/${access_id}/pushes/new?package=${of.package_id}`)}>
          {t("push")}
        </Button>
      )}
    </>
  );
}

function DeleteButton({ of }: { of: Package }) {
  const { t } = useTranslation("packages");
  const { access_id } = useApplication();
  const { modal, notification } = App.useApp();
  const numbers = useNumbers();
  const navigate = useNavigate();
  const remove = useDeletePackage();

  async function ask() {
    const sure = await modal.confirm({
      title: t("delete.title", { name: of.file_name }),
      content: t("delete.text", { accounts: numbers.count(of.accounts) }),
      okText: t("delete.action"),
      ...DANGER,
      cancelText: t("delete.keep"),
    });
    const deleted =
      sure &&
      (await remove.mutateAsync(of.package_id).then(
        () => true,
        () => false,
      ));
    if (!deleted) return;
    notification.success({ title: t("delete.done", { name: of.file_name }) });
    navigate(`/apps/${access_id}/packages`);
  }

  return (
    <Button danger disabled={remove.isPending} onClick={ask}>
      {t("delete.action")}
    </Button>
  );
}

function Verdict({ of }: { of: Package }) {
  const { t } = useTranslation("packages");
  const { access_id, role } = useApplication();
  const numbers = useNumbers();
  const sentence = useSentence();
  const counts = { accounts: numbers.count(of.accounts), lines: numbers.count(of.lines) };
  return (
    <section className={`panel ${styles.verdict}`} aria-label={t("verdict.title")}>
      <h2 className={styles.heading}>{t("verdict.title")}</h2>
      {of.fault ? (
        <Alert
          type="error"
          showIcon
          title={t("verdict.refused")}
          description={
            <>
              <p>{sentence(of.fault)}</p>
              <p className="quiet">{t("rejectedHelp")}</p>
            </>
          }
        />
      ) : (
        <p>
          {t("verdict.accepted", counts)} {!of.invalid && !of.duplicates && t("verdict.clean")}
        </p>
      )}
      {of.header_warning && <Alert type="warning" showIcon title={of.header_warning} />}
      {of.lines > 0 && <VerdictFigures of={of} />}
      {of.state === "ready" && of.invalid > 0 && may(role, "operator") && (
        <a
          href={url("/apps/{access_id}/packages/{package_id}/refused", { access_id, package_id: of.package_id })}
          download
        >
          {t("refusedLines")}
        </a>
      )}
    </section>
  );
}

function File({ of }: { of: Package }) {
  const { t } = useTranslation("packages");
  const { access_id } = useApplication();
  const numbers = useNumbers();
  return (
    <Facts
      title={t("facts.title")}
      facts={[
        { name: t("column.state"), value: <PackageState of={of} /> },
        { name: t("column.size"), value: numbers.bytes(of.file_bytes) },
        { name: t("facts.id"), value: of.package_id },
        {
          name: t("column.uploaded"),
          value: (
            <>
              <Time at={of.uploaded_at} />
              <Uploader of={of} />
            </>
          ),
        },
        { name: t("facts.source"), value: t(of.source === "api" ? "facts.api" : "facts.web") },
        of.state === "ready" && { name: t("column.expires"), value: <Time at={of.expires_at} /> },
        of.same_as !== null && {
          name: t("facts.same"),
          value: <Link to={`/apps/${access_id}/packages/${of.same_as}`}>{t("facts.sameAs", { id: of.same_as })}</Link>,
        },
      ]}
    />
  );
}
