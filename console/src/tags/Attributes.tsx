import { App, Button, Form, Input, Table } from "antd";
import { useTranslation } from "react-i18next";
import { may, useApplication } from "../api/products";
import { useAttributes, useCreateAttribute, useDeleteAttribute } from "../api/tags";
import { Loaded } from "../shell/Loaded";

/** Names of user attributes: servers set values under them, texts of pushes name them. */
export default function Attributes() {
  const { t } = useTranslation("tags");
  const { access_id, role } = useApplication();
  const attributes = useAttributes(access_id);
  const manages = may(role, "administrator");
  return (
    <>
      <p className="quiet">{t("attributesHelp", { example: "{{name}}" })}</p>
      {manages && <NewAttribute />}
      <Loaded query={attributes}>
        {(names) => (
          <Table
            rowKey="name"
            dataSource={names.map((name) => ({ name }))}
            pagination={false}
            locale={{ emptyText: t("noAttributes") }}
            columns={[
              {
                title: t("attribute"),
                dataIndex: "name",
                render: (name: string) => <span className="mono">{`{{${name}}}`}</span>,
              },
              {
                title: <span className="sr-only">{t("actions")}</span>,
                key: "actions",
                align: "right" as const,
                render: (_, { name }) => manages && <DeleteAttribute name={name} />,
              },
            ]}
          />
        )}
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
      okButtonProps: { danger: true },
      onOk: () => remove.mutateAsync(name),
    });
  }

  return (
    <Button type="text" size="small" danger onClick={ask} aria-label={t("deleteTitle", { tag: name })}>
      {t("delete")}
    </Button>
  );
}
