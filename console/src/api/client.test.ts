import { expect, test } from "vitest";
import { answer, url } from "./client";
import { ApiError } from "./errors";

test("addresses are filled and escaped", () => {
  expect(url("/apps/{access_id}/packages/{package_id}/file", { access_id: 15, package_id: "a/b" })).toBe(
    "/console/api/apps/15/packages/a%2Fb/file",
  );
  expect(url("/apps/{access_id}/packages", { access_id: 15 }, { before: 7, limit: undefined })).toBe(
    "/console/api/apps/15/packages?before=7",
  );
});

test("a good answer is its data, every other is thrown", async () => {
  expect(await answer(Promise.resolve({ data: { id: 1 }, response: new Response("{}") }))).toEqual({ id: 1 });
  const refused = { error: { detail: "no" }, response: new Response("", { status: 404 }) };
  await expect(answer(Promise.resolve(refused))).rejects.toMatchObject({ status: 404, message: "no" });
  await expect(answer(Promise.reject(new TypeError("Failed to fetch")))).rejects.toBeInstanceOf(ApiError);
});
