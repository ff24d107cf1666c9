import { expect, test } from "vitest";
import { type ChannelForecast, linesOf } from "./forecastLines";

function forecast(channel: string, devices: number, more: Partial<ChannelForecast> = {}): ChannelForecast {
  const quiet = {
    refusal: "",
    stop_reason: "",
    stopped_seconds: 0,
    over_quota: 0,
    message_class: "",
    quota_left: null,
  };
  return { channel, devices, taken: devices, ahead: 0, per_second: 0, seconds: null, ...quiet, ...more };
}

test("how long a channel takes, what is ahead, what is over its quota", () => {
  const hw = forecast("hw", 120_000, {
    taken: 100_000,
    over_quota: 20_000,
    message_class: "marketing",
    per_second: 6000,
    seconds: 16.7,
    ahead: 500,
  });
  expect(linesOf([hw, forecast("xg", 0, { taken: 20_000 })], { hw: 120_000 })).toEqual([
    {
      channel: "hw",
      devices: 120_000,
      pieces: [
        { kind: "takes", seconds: 17, perSecond: 6000 },
        { kind: "ahead", devices: 500 },
        { kind: "overQuota", devices: 20_000, messageClass: "marketing" },
      ],
    },
    { channel: "xg", devices: 20_000, pieces: [] },
  ]);
});

test("a refusal comes before a stop, and nothing is said of the time", () => {
  const lines = linesOf(
    [
      forecast("oppo", 5, { refusal: "title too long", stop_reason: "quota", per_second: 10, seconds: 1 }),
      forecast("vivo", 5, { stop_reason: "quota" }),
    ],
    { oppo: 5, vivo: 5 },
  );
  expect(lines.map(({ pieces }) => pieces)).toEqual([
    [{ kind: "refused", reason: "title too long" }],
    [{ kind: "stopped", reason: "quota" }],
  ]);
});

test("devices of a channel that is not set up are told; a channel without devices is not", () => {
  expect(linesOf([forecast("xm", 0), forecast("xg", 7)], { xg: 4, mz: 3, xm: 0 })).toEqual([
    { channel: "mz", devices: 3, pieces: [{ kind: "notSetUp" }] },
    { channel: "xg", devices: 7, pieces: [] },
  ]);
});
