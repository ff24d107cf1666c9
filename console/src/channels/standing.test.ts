import { expect, test } from "vitest";
import type { Channel, ChannelCheck } from "./queries";
import { isPressing, standingOf } from "./standing";

const NOW = new Date("2026-11-25T12:00:00Z");
const CHECK: ChannelCheck = { at: "2026-11-25T11:00:00Z", outcome: "accepted", says: "yes", expires_at: null };
const CHANNEL: Channel = {
  channel: "apns",
  title: "Apple",
  configured: true,
  enabled: true,
  fault: "",
  changed_at: "2026-11-01T00:00:00Z",
  stopped_until: null,
  stop_reason: "",
  credentials_end: null,
  used_today: {},
  check: null,
};

test.each([
  ["absent", { configured: false, enabled: false }, false],
  ["untested", {}, false],
  ["accepted", { check: CHECK }, false],
  ["off", { enabled: false, check: { ...CHECK, outcome: "refused" } }, false],
  ["fault", { fault: "another key", enabled: false }, true],
  ["refused", { check: { ...CHECK, outcome: "refused" } }, true],
  ["unanswered", { check: { ...CHECK, outcome: "unanswered" } }, false],
  ["stopped", { stopped_until: "2026-11-25T18:00:00Z", stop_reason: "quota" }, true],
  ["accepted", { check: CHECK, stopped_until: "2026-11-25T11:59:00Z" }, false],
  ["accepted", { check: { ...CHECK, expires_at: "2027-01-01T00:00:00Z" } }, false],
  ["ending", { check: { ...CHECK, expires_at: "2026-12-24T00:00:00Z" } }, true],
  ["ending", { credentials_end: "2026-12-09T00:00:00Z" }, true],
  ["ending", { check: CHECK, credentials_end: "2026-12-09T00:00:00Z" }, true],
  ["untested", { credentials_end: "2027-11-25T00:00:00Z" }, false],
  ["ended", { check: { ...CHECK, outcome: "refused", expires_at: "2026-11-25T11:00:00Z" } }, true],
] as [string, Partial<Channel>, boolean][])("%s: %o", (kind, changed, pressing) => {
  const standing = standingOf({ ...CHANNEL, ...changed }, NOW);
  expect(standing.kind).toBe(kind);
  expect(isPressing(standing)).toBe(pressing);
});
