import { useChannelName } from "./useChannelName";

export function Channel({ name }: { name: string }) {
  return useChannelName()(name);
}
