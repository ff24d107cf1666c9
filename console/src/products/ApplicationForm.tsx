import { Form, Input, Modal, Radio, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useCreateApplication } from "../api/applications";
import type { Product } from "../api/products";
import { Trouble } from "../shell/Loaded";

interface Values {
  name: string;
  platform: "android" | "ios";
  main_package: string;
  kept: boolean;
  access_id: string;
  access_key: string;
  secret_key: string;
}

interface Props {
  product: Product;
  onClose: () => void;
}

/** An application of a product, with new keys or those it had at TPNS. */
export default function ApplicationForm({ product, onClose }: Props) {
  const { t } = useTranslation(["products", "shell"]);
  const navigate = useNavigate();
  const [form] = Form.useForm<Values>();
  const create = useCreateApplication(product.product_id);
  const taken = product.applications.map(({ platform }) => platform);
  const platform = Form.useWatch("platform", form);

  function save({ name, platform, main_package, kept, ...former }: Values) {
    const keys = kept
      ? { access_id: Number(former.access_id), access_key: former.access_key, secret_key: former.secret_key }
      : { access_id: null, access_key: null, secret_key: null };
    create.mutate(
      { name, platform, main_package: main_package ?? "", timezone: "", ...keys },
      { onSuccess: (made) => navigate(`/apps/${made.access_id}/settings?show=keys`) },
    );
  }

  return (
    <Modal
      open
      title={t("newApplication", { product: product.name })}
      okText={t("create")}
      onOk={form.submit}
      confirmLoading={create.isPending}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: product.name, platform: taken.includes("android") ? "ios" : "android", kept: false }}
        onFinish={save}
      >
        <Form.Item name="platform" label={t("platform")}>
          <Radio.Group
            optionType="button"
            options={(["android", "ios"] as const).map((value) => ({
              value,
              label: t(`shell:platform.${value}`),
              disabled: taken.includes(value),
            }))}
          />
        </Form.Item>
        <Form.Item name="name" label={t("applicationName")} rules={[{ required: true, message: t("nameNeeded") }]}>
          <Input maxLength={100} />
        </Form.Item>
        {platform === "android" && (
          <Form.Item name="main_package" label={t("mainPackage")} extra={t("mainPackageHelp")}>
            <Input placeholder="com.example.app" />
          </Form.Item>
        )}
        <Form.Item name="kept" label={t("kept")} extra={t("keptHelp")} valuePropName="checked">
          <Switch />
        </Form.Item>
        <FormerKeys form={form} />
        {create.isError && <Trouble error={create.error} />}
      </Form>
    </Modal>
  );
}

function FormerKeys({ form }: { form: ReturnType<typeof Form.useForm<Values>>[0] }) {
  const { t } = useTranslation("products");
  if (!Form.useWatch("kept", form)) return null;
  const needed = [{ required: true, message: t("keyNeeded") }];
  return (
    <>
      <Form.Item name="access_id" label="AccessID" rules={[{ ...needed[0], pattern: /^\d{1,10}$/ }]}>
        <Input inputMode="numeric" placeholder="1500000000" autoComplete="off" />
      </Form.Item>
      <Form.Item name="access_key" label="AccessKey" rules={needed}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="secret_key" label="SecretKey" rules={needed}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}
