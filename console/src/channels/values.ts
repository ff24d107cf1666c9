/** A channel's settings as its form has them, and as they are sent. */
import type { ChannelDetail, ChannelField, Given } from "./queries";

export type Value = string | number | boolean | null | undefined;
export type Values = Record<string, Value>;

export function isSecret(field: ChannelField): boolean {
  return field.kind === "secret" || field.kind === "secret file";
}

/** A secret that is kept is empty here, null once it is to be taken away. */
export function valuesOf({ fields, settings }: ChannelDetail): Values {
  return Object.fromEntries(
    fields.map((field) => [field.name, isSecret(field) ? "" : (settings[field.name] ?? field.default ?? undefined)]),
  );
}

/** What is left empty is not sent: the server then has its default, or keeps the secret. */
export function givenOf(fields: readonly ChannelField[], values: Values): Given {
  const given: Given = {};
  for (const field of fields) {
    const value = values[field.name];
    if (isSecret(field) && value === null) given[field.name] = null;
    else if (typeof value === "string") {
      const text = field.kind === "text" ? value.trim() : value;
      if (text || (!isSecret(field) && field.default)) given[field.name] = text;
    } else if (value !== undefined && value !== null) given[field.name] = value;
  }
  return given;
}

/** A file as the server wants it: its text, or base64 where it is none (.p12). */
export function textOfFile(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // not a text
  }
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
