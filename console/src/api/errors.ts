/** What the console API says when it says no: a sentence in `detail`, or FastAPI's list of fields. */

interface FieldFault {
  loc?: (string | number)[];
  msg?: string;
}

export class ApiError extends Error {
  /**
   * `status`: the HTTP status; 0 when nothing answered. `message`: the server's own sentence, possibly empty.
   * `fields`: for 422, what is wrong by field name. `body`: the whole answer, for what else it may hold.
   */
  constructor(
    readonly status: number,
    message: string,
    readonly fields: Record<string, string> = {},
    readonly retryAfterSeconds?: number,
    readonly body?: unknown,
  ) {
    super(message);
    this.name = "ApiError";
  }

  static of(status: number, body: unknown, headers?: Headers): ApiError {
    const seconds = Number(headers?.get("Retry-After")) || undefined;
    const detail = body && typeof body === "object" && "detail" in body ? body.detail : undefined;
    if (Array.isArray(detail)) {
      const fields = fieldsOf(detail);
      const words = Object.entries(fields).map(([name, fault]) => (name ? `${name}: ${fault}` : fault));
      return new ApiError(status, words.join("; "), fields, seconds, body);
    }
    return new ApiError(status, typeof detail === "string" ? detail : "", {}, seconds, body);
  }

  /** No answer at all; an abort stays an abort. */
  static unanswered(cause: unknown): unknown {
    return cause instanceof DOMException && cause.name === "AbortError" ? cause : new ApiError(0, "");
  }
}

function fieldsOf(faults: FieldFault[]): Record<string, string> {
  const named = faults.map((fault): [string, string] => [
    (fault.loc ?? []).filter((part) => part !== "body" && part !== "query" && part !== "path").join("."),
    fault.msg ?? "",
  ]);
  return Object.fromEntries(named);
}

/** The key of `shell.json` that explains a status when the server gave no sentence. */
export function reasonKey(status: number) {
  if (status === 0) return "errors.unanswered" as const;
  if (status === 401) return "errors.signedOut" as const;
  if (status === 403) return "errors.forbidden" as const;
  if (status === 404) return "errors.notFound" as const;
  if (status === 429) return "errors.tooOften" as const;
  if (status === 503) return "errors.unavailable" as const;
  return "errors.unexpected" as const;
}
