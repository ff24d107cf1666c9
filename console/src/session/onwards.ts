/** Where to go after the log-in: back to where one came from, but never off this console. */
export function onwards(next: string | null): string {
  return next && /^\/[^/\\]/.test(next) && !next.startsWith("/login") ? next : "/products";
}
