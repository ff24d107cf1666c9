import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { draftOf } from "./draft";
import type { Form } from "./form";

const SAVE_MS = 1000;

const going = new Map<number, Promise<unknown>>();

/** Returns when what was last sent of an application's draft has arrived: whoever reads it would else get the one before. */
export const draftArrived = (accessId: number) => going.get(accessId);

export type DraftState = "untouched" | "saving" | "saved" | "failed";

/**
 * Keeps the form on the server a second after each change, and at once when the page goes away.
 * `forget` deletes the draft and keeps nothing more: the push is made.
 */
export function useDraft(accessId: number, form: Form) {
  const [state, setState] = useState<DraftState>("untouched");
  const pending = useRef<Form | null>(null);
  const forgotten = useRef(false);
  const begun = useRef(false);

  const save = useCallback(async () => {
    const wanted = pending.current;
    if (!wanted || forgotten.current) return;
    pending.current = null;
    const params = { path: { access_id: accessId } };
    const body = { draft: draftOf(wanted) };
    const keepalive = JSON.stringify(body).length < 60_000; // browsers keep no larger request alive
    const put = api.PUT("/apps/{access_id}/draft", { params, body, keepalive }).catch(() => null);
    going.set(accessId, put);
    const saved = await put;
    if (!pending.current) setState(saved?.response.ok ? "saved" : "failed"); // else something newer is to be saved
  }, [accessId]);

  useEffect(() => {
    if (!begun.current) {
      begun.current = true; // as it came, also when it comes to be so again later
      return;
    }
    if (forgotten.current) return;
    pending.current = form;
    setState("saving");
    const timer = setTimeout(async () => {
      await going.get(accessId); // or this one might arrive before it
      await save();
    }, SAVE_MS);
    return () => clearTimeout(timer);
  }, [form, save, accessId]);

  useEffect(() => {
    const flush = () => void save();
    window.addEventListener("pagehide", flush);
    return () => {
      window.removeEventListener("pagehide", flush);
      flush();
    };
  }, [save]);

  const forget = useCallback(async () => {
    forgotten.current = true;
    await going.get(accessId); // what is on its way must not arrive after it is deleted
    await api.DELETE("/apps/{access_id}/draft", { params: { path: { access_id: accessId } } }).catch(() => null);
  }, [accessId]);

  return { state, forget };
}
