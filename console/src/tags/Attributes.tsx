import { App, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import { useAttributes, useCreateAttribute, useDeleteAttribute } from "../api/tags";
import { DANGER } from "../shell/danger";
import { EmptyState } from "../shell/EmptyState";
import { Loaded } from "../shell/Loaded";
import { type Column, RowTable } from "../tables/RowTable";

/** Names of user attributes: servers set values under them, texts of pushes name them. */
export default function Attributes() {
  const { t } = useTranslation("tags");
  const { access_id, role } = useApplication();
  const attributes = useAttributes(access_id);
  const manages = may(role, "administrator");
  const columns: Column<string>[] = [
    { key: "name", title: t("attribute"), render: (name) => <span className="mono">{`{{${name}}}`}</span> },
  ];
  if (manages)
    columns.push({
      key: "actions",
      title: <span className="sr-only">{t("actions")}</span>,
      width: 104,
      numeric: true,
      render: (name) => <DeleteAttribute name={name} />,
    });
  return (
    <>
      <p className="quiet">{t("attributesHelp", { example: "{{name}}" })}</p>
      {manages && <NewAttribute />}
      <Loaded query={attributes}>
        {(names) =>
          names.length ? (
            <RowTable label={t("attributes")} columns={columns} rows={names} keyOf={(name) => name} />
          ) : (
            <EmptyState title={t("noAttributes")}>
              {t(manages ? "attributesEmpty" : "attributesEmptyMember")}
            </EmptyState>
          )
        }
      </Loaded>
    </>
  );
}

function NewAttribute() {
  const { t } = useTranslation("tags");
  const { access_id } = useApplication();
  const create = useCreateAttribute(access_id);
  const [form] = Form.useForm<{ name: string }>();
  return (
    <Form
      form={form}
      layout="inline"
      style={{ marginBottom: 16 }}
      onFinish={({ name }) => create.mutate(name.trim(), { onSuccess: () => form.resetFields() })}
    >
      <Form.Item name="name" rules={[{ required: true, message: t("attributeNeeded") }]}>
        <Input placeholder={t("attributeName")} aria-label={t("attributeName")} maxLength={50} />
      </Form.Item>
      <Button htmlType="submit" loading={create.isPending}>
        {t("addAttribute")}
      </Button>
    </Form>
  );
}

function DeleteAttribute({ name }: { name: string }) {
  const { t } = useTranslation("tags");
  const { access_id } = useApplication();
  const { modal } = App.useApp();
  const remove = useDeleteAttribute(access_id);

  function ask() {
    modal.confirm({
      title: t("deleteTitle", { tag: name }),
      content: t("deleteAttributeHelp"),
      okText: t("delete"),
      ...DANGER,
      onOk: () => remove.mutateAsync(name),
    });
  }

  return (
    <Button type="text" size="small" danger onClick={ask} aria-label={t("deleteTitle", { tag: name })}>
      {t("delete")}
    </Button>
  );
}
