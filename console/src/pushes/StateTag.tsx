import { useTranslation } from "react-i18next";
import { State } from "../tables/State";
import { meaning } from "./states";

/** What a push is doing. */
export function StateTag({ state }: { state: string }) {
  const { t } = useTranslation("pushes");
  const { word, tone } = meaning(state);
  return <State tone={tone}>{t(`status.${word}`)}</State>;
}
