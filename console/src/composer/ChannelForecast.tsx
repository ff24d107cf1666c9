import { lazy, Suspense } from "react";
import { isBulk, newPush } from "./newPush";
import { reachOf } from "./useAudience";
import { useComposer } from "./useComposer";
import { useSettled } from "./useSettled";

const Forecast = lazy(() => import("../channels/Forecast"));
const SETTLED_MS = 500;

/** What the push, as it is written now, will meet on each channel of its audience. */
export function ChannelForecast({ titled }: { titled?: boolean }) {
  const { accessId, form, platform, audience } = useComposer();
  const result = audience.data?.result;
  const wanted = useSettled(
    {
      message: newPush(form, platform).message,
      channels: result ? reachOf(result, form.target.everyDevice).channels : {},
      push_speed: isBulk(form) ? form.delivery.speed : 0,
    },
    SETTLED_MS,
  );
  return (
    <Suspense>
      <Forecast accessId={accessId} wanted={wanted} titled={titled} />
    </Suspense>
  );
}
