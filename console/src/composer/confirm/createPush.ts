import { answer, api } from "../../api/client";
import type { NewPush } from "../newPush";

/** The same key sends once. Gives the ids of the pushes, several for a loop. */
export async function createPush(accessId: number, body: NewPush, key: string): Promise<number[]> {
  const params = { path: { access_id: accessId }, header: { "idempotency-key": key } };
  return (await answer(api.POST("/apps/{access_id}/pushes", { params, body }))).push_ids;
}
