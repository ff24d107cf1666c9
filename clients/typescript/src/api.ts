/** The device API over HTTP. */

const TIMEOUT_SECONDS = 30;

/** The server refused a call; `status` is HTTP's, `code` its word for why (see docs/device-protocol.md). */
export class RefusedError extends Error {
  override name = "RefusedError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(`${status} ${code}: ${message}`);
  }
}

/** Call /device/v1/<name>. Rejects with RefusedError, or with fetch's own error when the server can't be reached. */
export async function post<Answer>(url: string, name: string, body: unknown, jwt = ""): Promise<Answer> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_SECONDS * 1000);
  try {
    const response = await fetch(`${url}/device/v1/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(jwt && { Authorization: `Bearer ${jwt}` }) },
      body: JSON.stringify(body),
      signal: stop.signal,
    });
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as Answer;
  } finally {
    clearTimeout(timer);
  }
}

/** A proxy in between may have answered something of its own. */
async function refusal(response: Response): Promise<RefusedError> {
  const text = await response.text();
  try {
    const { code, message } = (JSON.parse(text) as { error: { code: string; message: string } }).error;
    return new RefusedError(response.status, code, message);
  } catch {
    return new RefusedError(response.status, "unknown", text.slice(0, 200));
  }
}
