import { App, Button, Input } from "antd";
import { type ChangeEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNumbers } from "../words/Count";
import styles from "./channels.module.css";
import { textOfFile } from "./values";

const LARGEST_FILE = 64 * 1024;

interface Props {
  /** The form's: of the input, its text (null: to be taken away), and what it is told. */
  id?: string;
  value?: string | null;
  onChange?: (value: string | null) => void;
  disabled?: boolean;
  kept: boolean;
  removable: boolean;
  /** Its text is pasted, or read from a file. */
  file: boolean;
}

/** A secret is never shown: the server has it, or it is typed in anew. */
export function SecretInput({ id, value, onChange, disabled, kept, removable, file, ...described }: Props) {
  const { t } = useTranslation("channels");
  const leaving = value === null;
  const placeholder = leaving ? t("secret.leaves") : kept ? t("secret.kept") : file ? t("secret.paste") : undefined;
  const shared = { id, disabled, placeholder, autoComplete: "off", spellCheck: false, ...described };
  return (
    <>
      {file ? (
        <Input.TextArea
          {...shared}
          className="mono"
          autoSize={{ minRows: 2, maxRows: 6 }}
          value={value ?? ""}
          onChange={(event) => onChange?.(event.target.value)}
        />
      ) : (
        <Input.Password
          {...shared}
          autoComplete="new-password"
          value={value ?? ""}
          onChange={(event) => onChange?.(event.target.value)}
        />
      )}
      <div className={styles.secretDeeds}>
        {file && <FileButton disabled={disabled} onRead={(text) => onChange?.(text)} />}
        {kept && removable && (
          <Button size="small" disabled={disabled} onClick={() => onChange?.(leaving ? "" : null)}>
            {t(leaving ? "secret.keep" : "secret.remove")}
          </Button>
        )}
      </div>
    </>
  );
}

function FileButton({ disabled, onRead }: { disabled: boolean | undefined; onRead: (text: string) => void }) {
  const { t } = useTranslation("channels");
  const { message } = App.useApp();
  const numbers = useNumbers();
  const input = useRef<HTMLInputElement>(null);

  async function read(event: ChangeEvent<HTMLInputElement>) {
    const [file] = event.target.files ?? [];
    event.target.value = ""; // the same file again is a choice too
    if (!file) return;
    if (file.size > LARGEST_FILE) message.error(t("secret.tooLarge", { size: numbers.bytes(file.size) }));
    else onRead(textOfFile(new Uint8Array(await file.arrayBuffer())));
  }

  return (
    <>
      <Button size="small" disabled={disabled} onClick={() => input.current?.click()}>
        {t("secret.file")}
      </Button>
      <input ref={input} type="file" style={{ display: "none" }} aria-label={t("secret.file")} onChange={read} />
    </>
  );
}
