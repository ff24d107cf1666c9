import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen } from "./events";

const CLOSED = 2;
let opened: Source[] = [];

class Source extends EventTarget {
  readyState = 0;
  onopen?: () => void;
  onerror?: () => void;
  closed = false;

  constructor(readonly address: string) {
    super();
    opened.push(this);
  }

  close() {
    this.closed = true;
  }

  send(name: string, data: unknown, lastEventId = "") {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data), lastEventId }));
  }

  fail(readyState: number) {
    this.readyState = readyState;
    this.onerror?.();
  }
}

const open = (address: string) => new Source(address) as unknown as EventSource;
const last = () => opened.at(-1) as Source;

beforeEach(() => {
  opened = [];
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", { CLOSED });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("events come by name, as JSON", () => {
  const progress = vi.fn();
  listen("/e", { on: { progress }, open });
  last().send("progress", { sent: 3 }, "9");
  last().send("unknown", {});
  expect(progress.mock.calls).toEqual([[{ sent: 3 }, "9"]]);
});

test("a connection given up by the browser is opened anew, later each time, where it was", () => {
  listen("/e?grain=minute", { on: { progress: () => {} }, open });
  last().send("progress", {}, "41 a");
  last().fail(CLOSED);
  vi.advanceTimersByTime(999);
  expect(opened).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(last().address).toBe("/e?grain=minute&last_event_id=41%20a");
  last().fail(CLOSED);
  vi.advanceTimersByTime(1999);
  expect(opened).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(opened).toHaveLength(3);
  last().onopen?.();
  last().fail(CLOSED);
  vi.advanceTimersByTime(1000);
  expect(opened).toHaveLength(4);
});

test("the browser's own reconnecting is left to it, and said", () => {
  const onLiveness = vi.fn();
  listen("/e", { on: {}, onLiveness, open });
  last().onopen?.();
  last().fail(0);
  vi.advanceTimersByTime(60_000);
  expect(opened).toHaveLength(1);
  expect(onLiveness.mock.calls.flat()).toEqual(["connecting", "live", "lost"]);
});

test("nothing is opened after the end", () => {
  const stop = listen("/e", { on: {}, open });
  last().fail(CLOSED);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(opened).toHaveLength(1);
  expect(last().closed).toBe(true);
});
