import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { ApplicationDetail } from "../api/applications";
import { type PackageName, usePackageNames } from "../api/rates";
import { RowTable } from "../tables/RowTable";
import { Count } from "../words/Count";

const MOST = 50;

/** The main name and the others, with how many devices really have each. Part of a form. */
export function PackageNames({ application }: { application: ApplicationDetail }) {
  const { t } = useTranslation("settings");
  const { access_id, main_package = "", other_packages = [] } = application;
  const found = usePackageNames(access_id, main_package, other_packages).data ?? [];
  const strangers = other_packages.length ? found.filter((name) => name.kind === "unlisted" && name.devices) : [];
  return (
    <>
      <Form.Item name="main_package" label={t("mainPackage")} extra={t("mainPackageHelp")}>
        <Input placeholder="com.example.app" />
      </Form.Item>
      <Form.Item
        name="other_packages"
        label={t("otherPackages")}
        extra={t("otherPackagesHelp")}
        rules={[{ type: "array", max: MOST, message: t("otherPackagesMost", { most: MOST }) }]}
      >
        <Select
          mode="tags"
          tokenSeparators={[",", " ", "\n"]}
          placeholder="com.example.app.lite"
          open={false}
          suffixIcon={null}
        />
      </Form.Item>
      {found.some((name) => name.devices > 0) && (
        <div style={{ marginBottom: 24 }}>
          <Names names={found} listed={other_packages.length > 0} />
          {strangers.length > 0 && <p className="quiet">{t("unlistedHelp")}</p>}
        </div>
      )}
    </>
  );
}

function Names({ names, listed }: { names: PackageName[]; listed: boolean }) {
  const { t } = useTranslation("settings");
  return (
    <RowTable
      label={t("packageDevices")}
      keyOf={(name) => name.name}
      rows={names}
      columns={[
        {
          key: "name",
          title: t("packageName"),
          render: ({ name, kind }) => (
            <>
              <span className={name ? "mono" : "quiet"} style={{ overflowWrap: "anywhere" }}>
                {name || t("noPackage")}
              </span>
              {(kind !== "unlisted" || listed) && <span className="quiet"> · {t(`kind.${kind}`)}</span>}
            </>
          ),
        },
        {
          key: "devices",
          title: t("devices"),
          width: 110,
          numeric: true,
          render: (name) => <Count of={name.devices} />,
        },
      ]}
    />
  );
}
