import { useEffect, useEffectEvent, useState } from "react";
import { type Liveness, listen } from "./events";

/**
 * Listen to an address of server-sent events while the component shows; undefined listens to nothing.
 *
 *     const liveness = useEvents(url("/apps/{access_id}/pushes/{push_id}/events", …), { progress: (data) => … });
 *
 * The names handled are fixed by the first call; the handlers may close over anything.
 */
export function useEvents(address: string | undefined, on: Record<string, (data: unknown) => void>): Liveness {
  const [liveness, setLiveness] = useState<Liveness>("connecting");
  const names = Object.keys(on).sort().join(" ");
  const handle = useEffectEvent((name: string, data: unknown) => on[name]?.(data));
  useEffect(() => {
    if (!address) return;
    const handlers = names.split(" ").map((name) => [name, (data: unknown) => handle(name, data)] as const);
    return listen(address, { on: Object.fromEntries(handlers), onLiveness: setLiveness });
  }, [address, names]);
  return liveness;
}
