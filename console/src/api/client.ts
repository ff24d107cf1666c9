/**
 * The typed client of the console API.
 *
 *     const packages = await answer(api.GET("/apps/{access_id}/packages", { params: { path: { access_id } } }));
 *
 * `answer` gives the body of a good answer and throws an `ApiError` for every other, also when nothing answered.
 * `schema.d.ts` is generated from the server's OpenAPI document by `./dev console`.
 */
import createClient from "openapi-fetch";
import { ApiError } from "./errors";
import type { paths } from "./schema";

export const BASE = "/console/api";

/** Unsafe calls carry it; the session's answer brings it. */
let csrfToken = "";

export function rememberCsrfToken(token: string) {
  csrfToken = token;
}

export function csrfHeader(): Record<string, string> {
  return csrfToken ? { "X-CSRF-Token": csrfToken } : {};
}

export const api = createClient<paths>({ baseUrl: BASE });
api.use({
  onRequest({ request }) {
    if (request.method !== "GET")
      for (const [name, value] of Object.entries(csrfHeader())) request.headers.set(name, value);
    return request;
  },
});

interface Answered {
  data?: unknown;
  error?: unknown;
  response: Response;
}

export async function answer<R extends Answered>(call: Promise<R>): Promise<Exclude<R["data"], undefined>> {
  let answered: R;
  try {
    answered = await call;
  } catch (error) {
    throw ApiError.unanswered(error);
  }
  if (!answered.response.ok) throw ApiError.of(answered.response.status, answered.error, answered.response.headers);
  return answered.data as Exclude<R["data"], undefined>;
}

type PathValues = Record<string, string | number>;

/** The address of an endpoint, for links and downloads: url("/apps/{access_id}/packages/{package_id}/file", {…}). */
export function url(
  path: keyof paths,
  values: PathValues = {},
  query: Record<string, string | number | undefined> = {},
) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  const wanted = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] !== undefined);
  const search = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return `${BASE}${filled}${search ? `?${search}` : ""}`;
}
