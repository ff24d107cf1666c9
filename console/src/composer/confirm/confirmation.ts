/**
 * The idempotency key of one Confirm. It stays with what it was made for until an answer has come: a double click, a
 * second try after a lost answer, even a reload in between send once.
 */
import { newKey } from "../../api/idempotency";
import type { NewPush } from "../newPush";

interface Kept {
  key: string;
  wanted: string;
}

function place(accessId: number): string {
  return `rockdove.confirm.${accessId}`;
}

export function keyFor(accessId: number, wanted: NewPush, store: Storage = sessionStorage): string {
  const text = JSON.stringify(wanted);
  const kept = parsed(store.getItem(place(accessId)));
  if (kept?.wanted === text) return kept.key;
  const key = newKey();
  store.setItem(place(accessId), JSON.stringify({ key, wanted: text }));
  return key;
}

/** It was taken: the same push is a new one from now on. */
export function answered(accessId: number, store: Storage = sessionStorage) {
  store.removeItem(place(accessId));
}

function parsed(text: string | null): Kept | null {
  try {
    return text ? (JSON.parse(text) as Kept) : null;
  } catch {
    return null;
  }
}
