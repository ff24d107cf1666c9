/**
 * The server's sentences in 中文. They are written in English where they are raised and are their own keys: what differs
 * from case to case is {0}, {1} … in the catalogue. A sentence that is not in it shows as it came.
 */

export type Catalogue = Record<string, string>;
export type Translate = (sentence: string) => string;

interface Entry {
  pattern: RegExp;
  text: string;
  /** How much of it is fixed: of two that fit, the one that says more. */
  fixed: number;
}

export function translator(catalogue: Catalogue): Translate {
  const entries = Object.entries(catalogue)
    .map(([key, text]): Entry => ({ pattern: patternOf(key), text, fixed: key.replace(PLACE, "").length }))
    .sort((a, b) => b.fixed - a.fixed);

  /** What stands in a place may be a sentence itself, or a word that is known. */
  function translate(sentence: string): string {
    for (const { pattern, text } of entries) {
      const found = pattern.exec(sentence);
      if (!found) continue;
      return text.replace(PLACE, (_, place: string) => translate(found[Number(place) + 1] ?? ""));
    }
    return sentence;
  }

  return translate;
}

const PLACE = /\{(\d)\}/g;

function patternOf(key: string): RegExp {
  const escaped = key.replace(/[.*+?^$|()[\]\\]/g, "\\$&").replace(PLACE, "([^]+?)");
  return new RegExp(`^${escaped}$`);
}

let chinese: Translate | undefined;

/** To be awaited, once, before 中文 shows errors; until then, and where it fails, they are English. */
export async function fetchSentences(language: string): Promise<void> {
  if (language !== "zh" || chinese) return;
  const catalogue = await import("../locales/sentences.zh.json").catch(() => null);
  if (catalogue) chinese = translator(catalogue.default);
}

export function inLanguage(language: string, sentence: string): string {
  return language === "zh" && chinese ? chinese(sentence) : sentence;
}
