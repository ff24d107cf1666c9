import { DeleteOutlined } from "@ant-design/icons";
import { Button, Checkbox, Popconfirm, Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";
import { useComposer } from "../useComposer";
import { useDeleteTestDevice } from "./testDevices";
import own from "./trial.module.css";

interface Props {
  devices: components["schemas"]["TestDevice"][];
  chosen: string[];
  onChoose: (tokens: string[]) => void;
}

export function TestDevices({ devices, chosen, onChoose }: Props) {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const remove = useDeleteTestDevice(accessId);
  return (
    <ul className={own.devices} aria-label={t("trial.choose")}>
      {devices.map(({ token, remark, registered }) => (
        <li key={token}>
          <Checkbox
            checked={chosen.includes(token)}
            onChange={(event) =>
              onChoose(event.target.checked ? [...chosen, token] : chosen.filter((one) => one !== token))
            }
          >
            {remark || t("trial.token")} <span className="mono quiet">{token}</span>{" "}
            {!registered && <Tag color="warning">{t("trial.absent")}</Tag>}
          </Checkbox>
          <Popconfirm
            title={t("trial.delete", { remark: remark || token })}
            okText={t("yes")}
            cancelText={t("cancel")}
            onConfirm={() => remove.mutate(token)}
          >
            <Button
              type="text"
              size="small"
              icon={<DeleteOutlined />}
              aria-label={t("trial.delete", { remark: remark || token })}
            />
          </Popconfirm>
        </li>
      ))}
    </ul>
  );
}
