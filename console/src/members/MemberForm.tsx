import { App, Button, Form, Input, Modal, Select, Space, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { type MemberRow, useChangeMember, useCreateMember, useInviteAgain } from "../api/members";
import { useProducts } from "../api/products";
import { useMember } from "../api/session";
import { DANGER } from "../shell/danger";
import { Trouble } from "../shell/Loaded";

type Roles = Record<string, "operator" | "viewer" | "">;

interface Values {
  name: string;
  administrator: boolean;
  roles: Roles;
}

interface Props {
  member: MemberRow | "new";
  onClose: () => void;
  /** A one-time link to hand over. */
  onLink: (link: string) => void;
}

/** A new member, or what a member may do: a role in each application, or everything. */
export default function MemberForm({ member, onClose, onLink }: Props) {
  const { t } = useTranslation("members");
  const [form] = Form.useForm<Values>();
  const create = useCreateMember();
  const change = useChangeMember();
  const administrator = Form.useWatch("administrator", form);

  function save({ name, administrator, roles }: Values) {
    const given = Object.entries(roles ?? {});
    if (member === "new") {
      const chosen = Object.fromEntries(given.filter(([, role]) => role)) as Record<string, "operator" | "viewer">;
      create.mutate(
        { name, administrator: administrator ?? false, roles: chosen },
        { onSuccess: (made) => [onClose(), onLink(made.link)] },
      );
    } else {
      const wanted = Object.fromEntries(given.map(([accessId, role]) => [accessId, role || null]));
      const changed = { administrator: administrator ?? false, roles: wanted };
      change.mutate({ memberId: member.member_id, change: changed }, { onSuccess: onClose });
    }
  }

  return (
    <Modal
      open
      title={member === "new" ? t("addTitle") : member.name}
      okText={t(member === "new" ? "create" : "save")}
      onOk={form.submit}
      confirmLoading={create.isPending || change.isPending}
      onCancel={onClose}
      footer={(buttons) => (
        <Space wrap style={{ width: "100%", justifyContent: "flex-end" }}>
          {member !== "new" && <Standing member={member} onClose={onClose} onLink={onLink} />}
          {buttons}
        </Space>
      )}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={save}
        initialValues={member === "new" ? { administrator: false } : { ...member }}
      >
        {member === "new" && (
          <Form.Item name="name" label={t("name")} extra={t("nameHelp")} rules={[{ required: true }]}>
            <Input autoFocus maxLength={60} autoComplete="off" />
          </Form.Item>
        )}
        <Form.Item
          name="administrator"
          label={t("administrator")}
          extra={t("administratorHelp")}
          valuePropName="checked"
        >
          <Switch />
        </Form.Item>
        {!administrator && <RoleFields />}
        {create.isError && <Trouble error={create.error} />}
      </Form>
    </Modal>
  );
}

function RoleFields() {
  const { t } = useTranslation(["members", "products"]);
  const applications = (useProducts().data ?? []).flatMap((product) => product.applications);
  const options = [
    { value: "", label: t("noRole") },
    { value: "viewer", label: t("viewer") },
    { value: "operator", label: t("operator") },
  ];
  return applications.map(({ access_id, name }) => (
    <Form.Item key={access_id} name={["roles", String(access_id)]} label={`${name} (${access_id})`}>
      <Select options={options} placeholder={t("noRole")} />
    </Form.Item>
  ));
}

/** What concerns the person: a new link, and being let in at all. */
function Standing({ member, onClose, onLink }: Props & { member: MemberRow }) {
  const { t } = useTranslation("members");
  const { modal } = App.useApp();
  const me = useMember();
  const change = useChangeMember();
  const invite = useInviteAgain();

  function disable() {
    modal.confirm({
      title: t("disableTitle", { name: member.name }),
      content: t("disableHelp"),
      okText: t("disable"),
      ...DANGER,
      onOk: () =>
        change.mutateAsync({ memberId: member.member_id, change: { disabled: true, roles: {} } }).then(onClose),
    });
  }

  function letIn() {
    change.mutate({ memberId: member.member_id, change: { disabled: false, roles: {} } }, { onSuccess: onClose });
  }

  if (member.disabled) return <Button onClick={letIn}>{t("enable")}</Button>;
  return (
    <>
      <Button
        onClick={() => invite.mutate(member.member_id, { onSuccess: (made) => [onClose(), onLink(made.link)] })}
        loading={invite.isPending}
      >
        {t("newLink")}
      </Button>
      {member.member_id !== me.member_id && (
        <Button danger onClick={disable}>
          {t("disable")}
        </Button>
      )}
    </>
  );
}
