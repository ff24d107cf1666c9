import { PlusOutlined } from "@ant-design/icons";
import { Button, Table, Tag } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MemberRow, useMembers } from "../api/members";
import { useProducts } from "../api/products";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { WideTable } from "../shell/WideTable";
import { Time } from "../words/Time";

// Dialogs come when they are opened: the list shows sooner.
const Invitation = lazy(() => import("./Invitation"));
const MemberForm = lazy(() => import("./MemberForm"));

export default function MembersPage() {
  const { t } = useTranslation("members");
  const members = useMembers();
  const [edited, setEdited] = useState<MemberRow | "new">();
  const [link, setLink] = useState<string>();
  return (
    <>
      <PageHeader
        title={t("title")}
        help={t("help")}
        actions={
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited("new")}>
            {t("add")}
          </Button>
        }
      />
      <Loaded query={members}>{(found) => <MemberTable members={found} onEdit={setEdited} />}</Loaded>
      <Suspense>
        {edited && <MemberForm member={edited} onClose={() => setEdited(undefined)} onLink={setLink} />}
        {link && <Invitation link={link} onClose={() => setLink(undefined)} />}
      </Suspense>
    </>
  );
}

function MemberTable({ members, onEdit }: { members: MemberRow[]; onEdit: (member: MemberRow) => void }) {
  const { t } = useTranslation("members");
  return (
    <WideTable label={t("title")}>
      <Table<MemberRow>
        rowKey="member_id"
        dataSource={members}
        pagination={false}
        columns={[
          {
            title: t("name"),
            dataIndex: "name",
            render: (name: string, member) => (
              <Button type="link" style={{ padding: 0 }} onClick={() => onEdit(member)}>
                {name}
              </Button>
            ),
          },
          { title: t("roles"), key: "roles", render: (_, member) => <Roles member={member} /> },
          {
            title: t("state"),
            key: "state",
            render: (_, { disabled, invited }) =>
              disabled ? <Tag>{t("disabled")}</Tag> : invited ? <Tag>{t("invited")}</Tag> : t("active"),
          },
          {
            title: t("seen"),
            dataIndex: "seen_at",
            render: (at: string | null) => (at ? <Time at={at} /> : <span className="quiet">{t("never")}</span>),
          },
        ]}
      />
    </WideTable>
  );
}

function Roles({ member }: { member: MemberRow }) {
  const { t } = useTranslation(["members", "products"]);
  const applications = (useProducts().data ?? []).flatMap((product) => product.applications);
  if (member.administrator) return t("products:role.administrator");
  const roles = Object.entries(member.roles);
  if (!roles.length) return <span className="quiet">{t("noRoles")}</span>;
  const shown = roles.map(([accessId, role]) => {
    const application = applications.find((one) => String(one.access_id) === accessId);
    return `${application?.name ?? accessId} (${t(`products:role.${role}`)})`;
  });
  return shown.join(", ");
}
