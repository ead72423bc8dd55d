import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Server, type ServiceDefinition, type UntypedHandleCall } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Store } from "./store.ts";

export const searchProto = fileURLToPath(new URL("./search.proto", import.meta.url));

type Item = Readonly<Record<string, unknown>> & { readonly revision: string };
type Done = (error: null, answer: object) => void;

/** The search engine: lists of products and orders, each with its revision. */
export function createGrpcService(store: Store, delayMs: number): Server {
  const definitions = loadSync(searchProto, { keepCase: true, longs: String, defaults: true });
  /** Takes the items of one list; what is not a `put` is gone. */
  const method = (collection: string, key: string, isPut: boolean): UntypedHandleCall => {
    return ({ request }: { request: Readonly<Record<string, readonly Item[]>> }, done: Done) => {
      void delay(delayMs).then(() => {
        for (const { revision, ...document } of request[collection] ?? [])
          store.tell({ collection, key: String(document[key]), revision, document: isPut ? document : undefined });
        done(null, {});
      });
    };
  };
  const server = new Server();
  server.addService(definitions["search.v1.Catalogue"] as ServiceDefinition, {
    PutProducts: method("products", "sku", true),
    DeleteProducts: method("products", "sku", false),
    PutOrders: method("orders", "id", true),
    DeleteOrders: method("orders", "order_id", false),
  });
  return server;
}
