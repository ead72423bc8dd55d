import { createServer, type IncomingMessage, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, look, send } from "./page.ts";
import type { Store } from "./store.ts";

/** The warehouse: `PUT /orders/42` and `DELETE /orders/42`. */
export function createHttpService(store: Store, delayMs: number): Server {
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const path = request.url ?? "/";
    if (request.method === "GET") return look(store, path);
    const document = request.method === "DELETE" ? undefined : await json(request);
    await delay(delayMs);
    const [, collection = "", key = ""] = path.split("/").map(decodeURIComponent);
    const revision = String(request.headers["syncline-revision"]);
    const known = store.tell({ collection, key, revision, document });
    return { status: request.method === "DELETE" && !known ? 404 : 204 };
  };
  return createServer((request, response) => {
    answer(request)
      .catch((error: unknown): Answer => ({ status: 400, body: String(error) }))
      .then((ready) => send(response, ready));
  });
}
