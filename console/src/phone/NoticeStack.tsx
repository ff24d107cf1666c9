import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NoticeCard } from "./NoticeCard";
import type { Notice } from "./notices";
import type { Phone } from "./phone";
import styles from "./phone.module.css";

interface Props {
  stack: Notice[];
  phone: Phone;
  name: string;
}

/** Notices of one group: the newest, and the others under it until asked for. */
export function NoticeStack({ stack, phone, name }: Props) {
  const { t } = useTranslation("phone");
  const [open, setOpen] = useState(false);
  const under = stack.length - 1;
  const shown = open ? stack : stack.slice(0, 1);
  return (
    <>
      {shown.map((notice) => (
        <li key={notice.pushId} className={styles.item} data-under={!open && under > 0}>
          <NoticeCard notice={notice} name={name} onTap={() => phone.tap(notice)} onClear={() => phone.clear(notice)} />
        </li>
      ))}
      {under > 0 && (
        <li className={styles.more}>
          <button type="button" onClick={() => setOpen(!open)} aria-expanded={open}>
            {open ? t("screen.fewer") : t("screen.more", { count: under })}
          </button>
        </li>
      )}
    </>
  );
}
