import { Form, Input, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { type ProductWanted, useChangeProduct, useCreateProduct } from "../api/applications";
import type { Product } from "../api/products";
import { Trouble } from "../shell/Loaded";

interface Props {
  product: Product | "new";
  onClose: () => void;
}

export default function ProductForm({ product, onClose }: Props) {
  const { t } = useTranslation("products");
  const [form] = Form.useForm<ProductWanted>();
  const create = useCreateProduct();
  const change = useChangeProduct(product === "new" ? 0 : product.product_id);
  const save = product === "new" ? create : change;
  return (
    <Modal
      open
      title={t(product === "new" ? "newProduct" : "editProduct")}
      okText={t("save")}
      onOk={form.submit}
      confirmLoading={save.isPending}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={product === "new" ? { description: "" } : product}
        onFinish={(wanted) => save.mutate(wanted, { onSuccess: onClose })}
      >
        <Form.Item name="name" label={t("productName")} rules={[{ required: true, message: t("nameNeeded") }]}>
          <Input autoFocus maxLength={100} />
        </Form.Item>
        <Form.Item name="description" label={t("description")}>
          <Input.TextArea maxLength={300} autoSize={{ minRows: 2 }} />
        </Form.Item>
        {save.isError && <Trouble error={save.error} />}
      </Form>
    </Modal>
  );
}
