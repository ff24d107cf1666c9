import { Form, Input, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { Trouble } from "../shell/Loaded";
import { type Plan, type PlanWanted, useSavePlan } from "./queries";

const MAX_NAME = 60;
const MAX_DESCRIPTION = 300;

interface Props {
  /** Undefined: a new one. */
  plan: Plan | undefined;
  onDone: () => void;
}

export function PlanForm({ plan, onDone }: Props) {
  const { t } = useTranslation("plans");
  const [form] = Form.useForm<PlanWanted>();
  const save = useSavePlan(plan?.plan_id);
  return (
    <Modal
      open
      title={t(plan ? "form.edit" : "form.create")}
      okText={t("form.save")}
      cancelText={t("form.cancel")}
      confirmLoading={save.isPending}
      onOk={form.submit}
      onCancel={onDone}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: plan?.name ?? "", description: plan?.description ?? "" }}
        onFinish={(wanted) => save.mutate(wanted, { onSuccess: onDone })}
      >
        <Form.Item
          name="name"
          label={t("form.name")}
          rules={[{ required: true, whitespace: true, message: t("form.nameNeeded") }]}
        >
          <Input maxLength={MAX_NAME} autoFocus />
        </Form.Item>
        <Form.Item
          name="description"
          label={t("form.description")}
          rules={[{ required: true, whitespace: true, message: t("form.descriptionNeeded") }]}
        >
          <Input.TextArea maxLength={MAX_DESCRIPTION} autoSize={{ minRows: 2, maxRows: 5 }} />
        </Form.Item>
      </Form>
      {save.isError && <Trouble error={save.error} />}
    </Modal>
  );
}
