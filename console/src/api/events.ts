/**
 * Server-sent events that survive. A browser reconnects by itself after a broken connection, but gives up for good
 * when the answer is an error (a restart behind a proxy): then we open it anew, a little later each time, and tell the
 * server in `last_event_id` where we were.
 */
export type Liveness = "connecting" | "live" | "lost";

export interface Listening {
  /** One handler by event name; the data is parsed JSON. */
  on: Record<string, (data: unknown, lastEventId: string) => void>;
  onLiveness?: (liveness: Liveness) => void;
  open?: (address: string) => EventSource;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** Listen until the given function is called. */
export function listen(address: string, { on, onLiveness, open = (at) => new EventSource(at) }: Listening): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT_MS;
  let lastEventId = "";

  function connect() {
    const resumed = lastEventId
      ? `${address.includes("?") ? "&" : "?"}last_event_id=${encodeURIComponent(lastEventId)}`
      : "";
    source = open(address + resumed);
    source.onopen = () => {
      wait = FIRST_WAIT_MS;
      onLiveness?.("live");
    };
    source.onerror = () => {
      onLiveness?.("lost");
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
    for (const [name, handle] of Object.entries(on))
      source.addEventListener(name, (event: MessageEvent<string>) => {
        if (event.lastEventId) lastEventId = event.lastEventId;
        handle(JSON.parse(event.data), event.lastEventId);
      });
  }

  onLiveness?.("connecting");
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
