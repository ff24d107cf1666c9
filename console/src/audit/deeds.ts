/** What can stand in the audit log, in words. The names are the server's; a new one does not compile until it has its word. */
import { useTranslation } from "react-i18next";
import type { components } from "../api/schema";
import type en from "../locales/en/audit.json";

type Entry = components["schemas"]["AuditEntry"];
export type Action = components["schemas"]["Action"];

const KNOWN: Record<Action, keyof (typeof en)["deed"]> = {
  LogIn: "LogIn",
  LogOut: "LogOut",
  ChangePassword: "ChangePassword",
  CreateMember: "CreateMember",
  InviteMember: "InviteMember",
  AcceptInvitation: "AcceptInvitation",
  ModifyMember: "ModifyMember",
  CreateProduct: "CreateProduct",
  ModifyProductInfo: "ModifyProductInfo",
  CreateApp: "CreateApp",
  ModifyAppInfo: "ModifyAppInfo",
  UpdateAppStatus: "UpdateAppStatus",
  DescribeAppSecretInfo: "DescribeAppSecretInfo",
  RotateAppSecret: "RotateAppSecret",
  ModifyPushControls: "ModifyPushControls",
  ModifyChannel: "ModifyChannel",
  UpdateChannelStatus: "UpdateChannelStatus",
  DeleteChannel: "DeleteChannel",
  TestChannel: "TestChannel",
  ResumeChannel: "ResumeChannel",
  ModifyAppRates: "ModifyAppRates",
  UploadPushPackage: "UploadPushPackage",
  DownloadPushPackage: "DownloadPushPackage",
  DeletePushPackage: "DeletePushPackage",
  CreatePush: "CreatePush",
  CreateTestPush: "CreateTestPush",
  CancelPush: "CancelPush",
  StopPush: "StopPush",
  RevokePush: "RevokePush",
  PausePush: "PausePush",
  ResumePush: "ResumePush",
  DeletePush: "DeletePush",
  DownloadPushOutcome: "DownloadPushOutcome",
  CreatePushPlan: "CreatePushPlan",
  UpdatePushPlan: "UpdatePushPlan",
  DeletePushPlan: "DeletePushPlan",
  DeleteTag: "DeleteTag",
  CreateAppAttr: "CreateAppAttr",
  DeleteAppAttr: "DeleteAppAttr",
  CreateTestDevice: "CreateTestDevice",
  DeleteTestDevice: "DeleteTestDevice",
  CreateVirtualPhone: "CreateVirtualPhone",
};

export const ACTIONS = Object.keys(KNOWN) as Action[];

export function useDeed(): (action: Action) => string {
  const { t } = useTranslation("audit");
  return (action) => t(`deed.${KNOWN[action]}`);
}

const NOUNS: [RegExp, string][] = [
  [/Plan$/, "plans"],
  [/Package$/, "packages"],
  [/TestDevice$|VirtualPhone$/, "devices"],
  [/Push$|Outcome$/, "pushes"],
];

/** The page of what it was done to, as long as there may be one. */
export function pageOf({ action, object, access_id: accessId }: Entry): string | undefined {
  if (!accessId || !object || /^Delete(?!TestDevice)/.test(action)) return;
  const noun = NOUNS.find(([pattern]) => pattern.test(action))?.[1];
  return noun && `/apps/${accessId}/${noun}/${object}`;
}
