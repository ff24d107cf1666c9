import { expect, test } from "vitest";
import catalogue from "../locales/sentences.zh.json";
import { translator } from "./sentences";

const translate = translator(catalogue);

test.each([
  ["there is a member 'Ada' already", "已有成员 'Ada'"],
  ["a password has 8 to 128 characters", "密码须为 8 至 128 个字符"],
  ["the name of a plan has 1 to 60 characters", "计划的名称须为 1 至 60 个字符"],
  ["the zip is damaged: its checksum does not match; pack it again", "zip 已损坏：校验和不符，请重新压缩"],
  ["the zip is damaged: bad code (3); pack it again", "zip 已损坏：bad code (3)，请重新压缩"],
  [
    "this takes the role administrator in the application, yours is viewer",
    "此操作需要应用的管理员权限，您的权限为查看者",
  ],
  ["name: String should have at most 200 characters", "名称：最多 200 个字符"],
  ["package_account_push: 1 a second", "号码包推送每秒最多 1 次，请稍后重试"],
])("%s", (english, chinese) => {
  expect(translate(english)).toBe(chinese);
});

test("what nobody has translated stays as it is", () => {
  expect(translate("the moon is full")).toBe("the moon is full");
  expect(translate("")).toBe("");
});
