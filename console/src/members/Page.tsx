import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MemberRow, useMembers } from "../api/members";
import { useProducts } from "../api/products";
import { Loaded } from "../shell/Loaded";
import { PageHeader } from "../shell/PageHeader";
import { type Column, RowTable } from "../tables/RowTable";
import { State } from "../tables/State";
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
  const columns: Column<MemberRow>[] = [
    {
      key: "name",
      title: t("name"),
      render: (member) => (
        <Button type="link" className="in-text" onClick={() => onEdit(member)}>
          {member.name}
        </Button>
      ),
    },
    { key: "roles", title: t("roles"), render: (member) => <Roles member={member} /> },
    { key: "state", title: t("state"), width: 130, render: (member) => <MemberState member={member} /> },
    {
      key: "seen",
      title: t("seen"),
      width: 190,
      render: ({ seen_at: at }) => (at ? <Time at={at} /> : <span className="quiet">{t("never")}</span>),
    },
  ];
  return (
    <RowTable label={t("title")} columns={columns} rows={members} keyOf={({ member_id }) => member_id} minWidth={640} />
  );
}

function MemberState({ member: { disabled, invited } }: { member: MemberRow }) {
  const { t } = useTranslation("members");
  if (disabled) return <State tone="quiet">{t("disabled")}</State>;
  return invited ? <State tone="active">{t("invited")}</State> : <State tone="good">{t("active")}</State>;
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
