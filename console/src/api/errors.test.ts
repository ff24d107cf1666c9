import { expect, test } from "vitest";
import { ApiError, reasonKey } from "./errors";

test("the server's sentence is the message", () => {
  const error = ApiError.of(409, { detail: "a push still needs package 7" });
  expect(error).toMatchObject({ status: 409, message: "a push still needs package 7" });
});

test("FastAPI's list is told field by field", () => {
  const detail = [
    { loc: ["body", "accounts", 3], msg: "Input should be a valid string" },
    { loc: ["query", "limit"], msg: "Input should be less than or equal to 200" },
  ];
  const error = ApiError.of(422, { detail });
  expect(error.fields).toEqual({
    "accounts.3": "Input should be a valid string",
    limit: "Input should be less than or equal to 200",
  });
  expect(error.message).toBe(
    "accounts.3: Input should be a valid string; limit: Input should be less than or equal to 200",
  );
});

test.each([[undefined], [null], ["<html>502</html>"], [{}], [{ detail: 7 }]])("no sentence in %j", (body) => {
  expect(ApiError.of(502, body).message).toBe("");
});

test("Retry-After is seconds", () => {
  expect(ApiError.of(429, {}, new Headers({ "Retry-After": "30" })).retryAfterSeconds).toBe(30);
  expect(ApiError.of(429, {}, new Headers()).retryAfterSeconds).toBeUndefined();
});

test("no answer is an error with words, an abort stays one", () => {
  expect(ApiError.unanswered(new TypeError("Failed to fetch"))).toMatchObject({ status: 0 });
  const aborted = new DOMException("", "AbortError");
  expect(ApiError.unanswered(aborted)).toBe(aborted);
});

test("every status has words", () => {
  expect([0, 401, 403, 404, 429, 503, 500, 418].map(reasonKey)).toEqual([
    "errors.unanswered",
    "errors.signedOut",
    "errors.forbidden",
    "errors.notFound",
    "errors.tooOften",
    "errors.unavailable",
    "errors.unexpected",
    "errors.unexpected",
  ]);
});
