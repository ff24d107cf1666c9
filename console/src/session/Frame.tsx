import type { PropsWithChildren } from "react";
import { LanguageSwitch } from "../shell/LanguageSwitch";
import { ThemeSwitch } from "../shell/ThemeSwitch";
import { useTitle } from "../shell/useTitle";
import styles from "./Frame.module.css";

/** What shows before anybody is signed in: one card in the middle. */
export function Frame({ title, children }: PropsWithChildren<{ title: string }>) {
  useTitle(title);
  return (
    <div className={styles.frame}>
      <div className={styles.tools}>
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <main className={styles.card}>
        <div className={styles.brand}>
          <img src="/console/dove.svg" alt="" width={36} height={36} />
          <span>Rockdove</span>
        </div>
        <h1 className="page-title">{title}</h1>
        {children}
      </main>
    </div>
  );
}
