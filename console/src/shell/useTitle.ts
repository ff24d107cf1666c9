import { useEffect } from "react";

/** The title of the browser's tab while the component shows. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Rockdove`;
  }, [title]);
}
