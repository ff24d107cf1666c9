/** A key under which a call that changes something can be repeated: the server does it once. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // crypto.randomUUID() is there over TLS only
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
