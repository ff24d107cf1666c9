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
  ["Xiaomi: no quota left (200001)", "小米：no quota left（200001）"],
  [
    "Huawei: no reason given (HTTP 403): is Push Kit enabled, and are the ids and the key those of one and the same app or project?",
    "华为：未说明原因（HTTP 403）：是否已开通推送服务？各 ID 与密钥是否属于同一应用或项目？",
  ],
  [
    "Honor refuses Client ID and Client secret: invalid client: copy both from Honor's site again (not the APP SECRET).",
    "荣耀拒绝此 Client ID 和 Client Secret：invalid client：请从荣耀网站重新复制两者（不是 APP SECRET）。",
  ],
  [
    "Apple takes it for product. For dev: APNs: the certificate is for the other environment (BadCertificateEnvironment).",
    "苹果在生产环境接受此凭证。开发环境：APNs：证书属于另一环境（BadCertificateEnvironment）。",
  ],
  ["Apple takes it for product and dev.", "苹果在生产和开发环境接受此凭证。"],
  ["the day's quota of xm for public messages is used up", "xm 通道今日的公信消息配额已用完"],
  ["title longer than the 50 characters this channel takes", "标题超过此通道的上限 50 个字符"],
  ["Devices per second: at least 0", "Devices per second：不能小于 0"],
])("%s", (english, chinese) => {
  expect(translate(english)).toBe(chinese);
});

test("what nobody has translated stays as it is", () => {
  expect(translate("the moon is full")).toBe("the moon is full");
  expect(translate("")).toBe("");
});
