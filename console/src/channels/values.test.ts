import { expect, test } from "vitest";
import type { ChannelDetail, ChannelField } from "./queries";
import { givenOf, textOfFile, valuesOf } from "./values";

function field(name: string, kind: ChannelField["kind"], more: Partial<ChannelField> = {}): ChannelField {
  return {
    name,
    kind,
    title: name,
    description: "",
    required: false,
    default: "",
    choices: {},
    advanced: false,
    ...more,
  };
}

const FIELDS = [
  field("app_id", "text", { required: true, default: null }),
  field("app_secret", "secret", { required: true, default: null }),
  field("certificate", "secret file"),
  field("category", "text", { default: "MARKETING" }),
  field("daily_quota", "number", { default: 0 }),
  field("test_messages", "switch", { default: false }),
];

test("a form shows what is stored, else the default, and never a secret", () => {
  const detail = { fields: FIELDS, settings: { app_id: "7", daily_quota: 9 }, kept_secrets: ["app_secret"] };
  expect(valuesOf(detail as unknown as ChannelDetail)).toEqual({
    app_id: "7",
    app_secret: "",
    certificate: "",
    category: "MARKETING",
    daily_quota: 9,
    test_messages: false,
  });
});

test("what is empty is not sent, unless it empties a default; null takes a secret away", () => {
  const values = {
    app_id: " 7 ",
    app_secret: "",
    certificate: null,
    category: "",
    daily_quota: null,
    test_messages: true,
  };
  expect(givenOf(FIELDS, values)).toEqual({ app_id: "7", certificate: null, category: "", test_messages: true });
  expect(givenOf(FIELDS, { app_secret: " as it is " })).toEqual({ app_secret: " as it is " });
});

test("a text file is its text, any other one base64", () => {
  expect(textOfFile(new TextEncoder().encode("-----BEGIN PRIVATE KEY-----\n小"))).toBe(
    "-----BEGIN PRIVATE KEY-----\n小",
  );
  expect(textOfFile(new Uint8Array([0x30, 0x82, 0xff, 0x00]))).toBe("MIL/AA==");
  expect(textOfFile(new Uint8Array([0x30, 0x00]))).toBe("MAA=");
});
