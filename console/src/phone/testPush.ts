import type { components } from "../api/schema";

type NewPush = components["schemas"]["NewPush"];

export interface Message {
  title: string;
  content: string;
}

/** A push of a title and a text to one device. */
export function testPush(platform: string, { title, content }: Message, token: string): NewPush {
  const ios = { aps: { alert: { title, body: content } } };
  return {
    message: { title, content, ...(platform === "ios" ? { ios } : { android: {} }) },
    audience_type: "token",
    tokens: [token],
    is_test: true,
    message_type: "notify",
    account_type: 0,
    accounts: [],
    tag_rules: [],
    every_device: false,
    environment: "product",
    multi_package: false,
    plan_id: "",
    send_at: "",
    expire_seconds: 86_400,
    push_speed: 0,
    collapse_id: 0,
    force_collapse: false,
    disabled_channels: [],
    online_first: true,
    personalised: false,
    show_in_app: false,
    ignore_invalid_tokens: false,
  };
}
