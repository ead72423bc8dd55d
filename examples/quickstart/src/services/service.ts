import { createServer, type IncomingMessage, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "./store.ts";

export interface Temper {
  /** What each call costs, whatever it carries. */
  readonly delayMs: number;
  /** Each call of this number is answered with 500, before anything of it was done. */
  readonly failsEvery?: number;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/**
 * A downstream's HTTP interface:
 *
 * - `PUT /orders/42` and `DELETE /orders/42` for one thing,
 * - `POST /bulk/orders` for a list of them,
 * - `GET /orders`, `GET /orders/42` and `GET /` to look at what has arrived.
 */
export function createService(store: Store, temper: Temper): Server {
  let calls = 0;
  return createServer((request, response) => {
    const answer = async (): Promise<Answer> => {
      const [, collection = "", key] = (request.url ?? "/").split("/").map(decodeURIComponent);
      if (request.method === "GET") return look(store, collection, key);
      const content = request.method === "DELETE" ? undefined : await json(request);
      await delay(temper.delayMs);
      calls += 1;
      if (temper.failsEvery !== undefined && calls % temper.failsEvery === 0) return { status: 500 };
      return take(store, request, collection, key ?? "", content);
    };
    answer()
      .catch((error: unknown): Answer => ({ status: 400, body: String(error) }))
      .then(({ status, body }) => {
        response.writeHead(status, body === undefined ? {} : { "content-type": "application/json" });
        response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
      });
  });
}

function look(store: Store, collection: string, key: string | undefined): Answer {
  if (collection === "") return { status: 200, body: store.summary() };
  if (collection === "arrivals") return { status: 200, body: store.arrivals };
  const documents = store.collection(collection);
  if (key === undefined) return { status: 200, body: Object.fromEntries(documents) };
  const document = documents.get(key);
  return document === undefined ? { status: 404 } : { status: 200, body: document };
}

function take(store: Store, request: IncomingMessage, collection: string, key: string, content: unknown): Answer {
  if (request.method === "POST" && collection === "bulk") {
    for (const item of content as readonly BulkItem[]) {
      const document = item.operation === "delete" ? undefined : item.body;
      const value = String(Object.values(item.key)[0]);
      store.tell({ collection: key, key: value, revision: item.revision, document });
    }
    return { status: 204 };
  }
  const revision = String(request.headers["syncline-revision"]);
  const known = store.tell({ collection, key, revision, document: content });
  return { status: request.method === "DELETE" && !known ? 404 : 204 };
}

/** An item of a list, as the strategy's `envelope: true` makes them. */
interface BulkItem {
  readonly operation: "upsert" | "delete";
  readonly key: Readonly<Record<string, string | number>>;
  readonly revision: string;
  readonly body: unknown;
}
