import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ChannelField } from "./queries";

interface Words {
  title: string;
  description?: string;
  choices?: Record<string, string>;
}

/** By channel, then by field; `common` are the fields that mean the same everywhere. */
type Catalogue = Record<string, Record<string, Words>>;

/** What a provider's fields are called. They come in English; 中文 has a catalogue of its own beside this file. */
export function useFieldWords(channel: string) {
  const { i18n } = useTranslation("channels");
  const chinese = useQuery({
    queryKey: ["channel-fields", i18n.language],
    queryFn: (): Promise<Catalogue> => import("../locales/channelFields.zh.json").then((found) => found.default),
    enabled: i18n.language === "zh",
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const known = (name: string): Words | undefined =>
    i18n.language === "zh" ? (chinese?.[channel]?.[name] ?? chinese?.common?.[name]) : undefined;
  return {
    title: (field: ChannelField) => known(field.name)?.title ?? field.title,
    description: (field: ChannelField) => known(field.name)?.description ?? field.description,
    choices: ({ name, choices }: ChannelField) =>
      Object.entries(choices).map(([value, title]) => ({ value, label: known(name)?.choices?.[value] ?? title })),
  };
}
