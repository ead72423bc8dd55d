import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Store } from "./store.ts";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** `GET /orders`, `GET /orders/42` and `GET /`: to look at what has arrived. */
export function look(store: Store, path: string): Answer {
  const [, collection = "", key] = path.split("/").map(decodeURIComponent);
  if (collection === "") return { status: 200, body: store.summary() };
  if (collection === "arrivals") return { status: 200, body: store.arrivals };
  const documents = store.collection(collection);
  if (key === undefined) return { status: 200, body: Object.fromEntries(documents) };
  const document = documents.get(key);
  return document === undefined ? { status: 404 } : { status: 200, body: document };
}

/** The page of a service that does not speak HTTP otherwise, or not to browsers. */
export function createPage(store: Store): Server {
  return createServer((request: IncomingMessage, response) => send(response, look(store, request.url ?? "/")));
}

export function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, body === undefined ? {} : { "content-type": "application/json" });
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
}
