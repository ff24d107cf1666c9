import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Loaded } from "../../shell/Loaded";
import styles from "../composer.module.css";
import { useComposer } from "../useComposer";
import { AccountType } from "./AccountType";
import { PackageDrop } from "./PackageDrop";
import { PackagePicker } from "./PackagePicker";
import { usePackage } from "./packages";
import own from "./target.module.css";
import { PackageVerdict } from "./Verdict";

/** A package of accounts, or of tokens: drop the file or pick an earlier one, then read the verdict. */
export function PackageTarget({ field }: { field: "packageId" | "tokenPackageId" }) {
  const { t } = useTranslation("composer");
  const { form, change, accessId } = useComposer();
  const packageId = form.target[field];
  const chosen = usePackage(accessId, packageId);
  const choose = (id: number | null) => change("target", { [field]: id });
  if (packageId === null)
    return (
      <>
        <PackageDrop tokens={field === "tokenPackageId"} onUploaded={(uploaded) => choose(uploaded.package_id)} />
        <PackagePicker label={t("package.earlier")} value={null} onChange={choose} />
      </>
    );
  return (
    <>
      <Loaded query={chosen}>
        {(found) => (
          <div className={styles.inset}>
            <div className={own.packageHead}>
              <div>
                <strong>{found.file_name}</strong>
                <p className="quiet">{t("package.number", { id: found.package_id })}</p>
              </div>
              <Button onClick={() => choose(null)}>{t("package.other")}</Button>
            </div>
            <PackageVerdict of={found} />
          </div>
        )}
      </Loaded>
      {chosen.isError && <Button onClick={() => choose(null)}>{t("package.other")}</Button>}
      {field === "packageId" && <AccountType />}
    </>
  );
}
