import { SmileOutlined, UserOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Dropdown, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../../api/client";
import { keys } from "../../api/queries";
import { useComposer } from "../useComposer";
import own from "./message.module.css";

const EMOJI = [..."😀😂😍🥳🤩😎🤔😴👍👏🙏💪🎉🎁🎂🔥✨⭐❤💯🚀📣🔔⏰📦🛒💰🏷☕🍕🌸🌞"];

/** Buttons beside a text: an emoji, a user attribute. */
export function Insert({ onInsert }: { onInsert: (piece: string) => void }) {
  const { t } = useTranslation("composer");
  const { accessId } = useComposer();
  const [open, setOpen] = useState(false);
  const attributes = useQuery({
    queryKey: keys.of(accessId, "attributes"),
    queryFn: ({ signal }) =>
      answer(api.GET("/apps/{access_id}/attributes", { params: { path: { access_id: accessId } }, signal })),
    staleTime: 60_000,
  });
  const names = attributes.data ?? [];
  const emoji = (
    <div className={own.emoji}>
      {EMOJI.map((one) => (
        <button
          key={one}
          type="button"
          onClick={() => {
            setOpen(false);
            onInsert(one);
          }}
        >
          {one}
        </button>
      ))}
    </div>
  );
  const items = names.length
    ? names.map((name) => ({ key: name, label: `{{${name}}}` }))
    : [{ key: "", label: t("message.noAttributes"), disabled: true }];
  return (
    <>
      <Popover content={emoji} trigger="click" open={open} onOpenChange={setOpen} destroyOnHidden>
        <Button type="text" size="small" icon={<SmileOutlined />} aria-label={t("message.emoji")} />
      </Popover>
      <Dropdown menu={{ items, onClick: ({ key }) => key && onInsert(`{{${key}}}`) }} trigger={["click"]}>
        <Button type="text" size="small" icon={<UserOutlined />} aria-label={t("message.attribute")} />
      </Dropdown>
    </>
  );
}
