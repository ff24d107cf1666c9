/** What every step of the page works with: the form, how to change it, what is wrong with it, whom it would reach. */
import type { UseQueryResult } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { Faults } from "./faults";
import type { Channel, Form, Part, Platform } from "./form";
import type { PreviewState } from "./useAudience";

export interface Composer {
  accessId: number;
  platform: Platform;
  timezone: string;
  form: Form;
  change: <P extends Part>(part: P, values: Partial<Form[P]>) => void;
  /** Empty until the member has asked for the Preview: nobody is told off while still typing. */
  faults: Faults;
  audience: UseQueryResult<PreviewState, Error>;
}

export const ComposerContext = createContext<Composer | null>(null);

export function useComposer(): Composer {
  const composer = useContext(ComposerContext);
  if (!composer) throw new Error("useComposer: only on the page Create Push");
  return composer;
}

/** The channels that the push may go over. */
export function channelsInUse(all: readonly Channel[], { delivery }: Form): Channel[] {
  return all.filter((channel) => delivery.channelPolicy === "smart" || !delivery.channelsOff.includes(channel));
}
