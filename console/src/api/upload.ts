/** Uploads with progress: fetch() cannot tell how much has left, XMLHttpRequest can. */
import { csrfHeader } from "./client";
import { ApiError } from "./errors";
import type { paths } from "./schema";

type Json<R> = R extends { content: { "application/json": infer T } } ? T : never;
type Good<R> = R extends { 200: infer A } ? A : R extends { 201: infer A } ? A : R extends { 202: infer A } ? A : never;

/** What a good answer to POST `P` holds. */
export type PostAnswer<P extends keyof paths> = paths[P] extends { post: { responses: infer R } }
  ? Json<Good<R>>
  : never;

export interface UploadOptions {
  headers?: Record<string, string>;
  /** Called as bytes leave; `total` may be more than the file's size by the form around it. */
  onProgress?: (sent: number, total: number) => void;
  signal?: AbortSignal;
}

/** POST a file or a form. `address`: made with `url(path, …)`. Throws ApiError, or AbortError when given up. */
export function upload<P extends keyof paths>(
  address: string,
  body: Blob | FormData,
  { headers = {}, onProgress, signal }: UploadOptions = {},
): Promise<PostAnswer<P>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.responseType = "json";
    for (const [name, value] of Object.entries({ ...csrfHeader(), ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress?.(event.loaded, event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as PostAnswer<P>);
      else reject(ApiError.of(request.status, request.response, retryAfter(request)));
    };
    request.onerror = () => reject(new ApiError(0, ""));
    request.onabort = () => reject(new DOMException("the upload was given up", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    if (signal?.aborted) request.onabort(new ProgressEvent("abort"));
    else request.send(body);
  });
}

function retryAfter(request: XMLHttpRequest): Headers {
  const value = request.getResponseHeader("Retry-After");
  return new Headers(value ? { "Retry-After": value } : {});
}
