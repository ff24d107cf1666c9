import { Input, type InputRef } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useChannelName } from "../../channels/useChannelName";
import { useNumbers } from "../../words/Count";
import styles from "../composer.module.css";
import { Field } from "../Field";
import { CHANNELS } from "../form";
import { characters, type TooLong, tooLong } from "../textLimits";
import { channelsInUse, useComposer } from "../useComposer";
import { Insert } from "./Insert";
import own from "./message.module.css";

interface Props {
  name: "title" | "content";
  label: string;
  rows?: number;
}

/** A text of the message: counted as people count, with the vendors that would refuse it, and things to insert. */
export function TextField({ name, label, rows }: Props) {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const { form, change, platform } = useComposer();
  const control = useRef<InputRef | TextAreaRef>(null);
  const text = form.message[name];
  const set = (value: string) => change("message", { [name]: value });

  function insert(piece: string) {
    const input = control.current?.nativeElement?.querySelector("textarea, input") ?? control.current?.nativeElement;
    const field = input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement ? input : null;
    const [start, end] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
    set(text.slice(0, start) + piece + text.slice(end));
    requestAnimationFrame(() => {
      field?.focus();
      field?.setSelectionRange(start + piece.length, start + piece.length);
    });
  }

  const notify = form.message.type === "notify";
  const refusing = notify ? tooLong(text, name, channelsInUse(CHANNELS[platform], form)) : [];
  return (
    <Field
      name={name}
      label={label}
      aside={
        <span className={own.textTools}>
          <span className="quiet numbers">
            {t("message.characters", { shown: numbers.count(characters(text)), count: characters(text) })}
          </span>
          <Insert onInsert={insert} />
        </span>
      }
      help={refusing.length ? <Refusing channels={refusing} /> : undefined}
    >
      {(field) =>
        rows ? (
          <Input.TextArea
            {...field}
            ref={control as React.Ref<TextAreaRef>}
            autoSize={{ minRows: rows, maxRows: 10 }}
            value={text}
            onChange={(event) => set(event.target.value)}
          />
        ) : (
          <Input
            {...field}
            ref={control as React.Ref<InputRef>}
            value={text}
            onChange={(event) => set(event.target.value)}
          />
        )
      }
    </Field>
  );
}

function Refusing({ channels }: { channels: TooLong[] }) {
  const { t } = useTranslation(["composer"]);
  const nameOf = useChannelName();
  const named = channels.map(({ channel, limit }) => `${nameOf(channel)} (${limit})`).join(", ");
  return <span className={styles.warning}>{t("message.tooLongFor", { named })}</span>;
}
