/** The words of the wire in the reader's language; one we have no word for stays as it came. */
import { useTranslation } from "react-i18next";
import { useChannelName } from "../channels/useChannelName";
import { useSentence } from "../shell/useWords";

export function usePushWords() {
  const { i18n } = useTranslation("pushes");
  const channel = useChannelName();
  const sentence = useSentence();
  const say = (key: string, otherwise: string): string =>
    i18n.exists(`pushes:${key}`) ? String(i18n.t(`pushes:${key}` as never)) : otherwise;
  return {
    audience: (type: string) => say(`audience.${type}`, type),
    channel,
    filtered: (reason: string) => say(`reasons.filter.${reason}`, reason),
    reason: (reason: string) => say(`reasons.word.${reason}`, sentence(reason)),
    tagType: (type: string) => say(`targetBlock.tag.${type}`, type),
  };
}
