import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

export type ServiceName = "warehouse" | "search" | "billing";

/** What each call costs, whatever it carries. */
const costsMs: { readonly [Name in ServiceName]: number } = { warehouse: 0, search: 40, billing: 5 };

interface Service {
  readonly server: Server;
  /** Of each key: what it is now, and which revision said so. By collection and key: `orders/42`. */
  readonly known: Map<string, { readonly revision: bigint; readonly document: unknown }>;
  port: number;
}

/** The downstream services. */
export class Services implements AsyncDisposable {
  readonly #services = new Map<ServiceName, Service>();

  /** All of them have an address; billing does not listen on it until it is opened. */
  static async start(): Promise<Services> {
    const services = new Services();
    for (const name of Object.keys(costsMs) as ServiceName[]) await services.#start(name);
    const billing = services.#service("billing").server;
    billing.close();
    await once(billing, "close");
    return services;
  }

  address(name: ServiceName): string {
    return `http://127.0.0.1:${this.#service(name).port}`;
  }

  async open(name: ServiceName): Promise<void> {
    const { server, port } = this.#service(name);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }

  /** What a service has, by key. */
  contents(name: ServiceName, collection: string): ReadonlyMap<string, unknown> {
    const entries = [...this.#service(name).known].filter(([slot]) => slot.startsWith(`${collection}/`));
    const present = entries.filter(([, { document }]) => document !== undefined);
    return new Map(present.map(([slot, { document }]) => [slot.slice(collection.length + 1), document]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { server } of this.#services.values()) {
      server.closeAllConnections();
      server.close();
    }
  }

  #service(name: ServiceName): Service {
    const service = this.#services.get(name);
    if (service === undefined) throw new Error(`There is no service ${name}.`);
    return service;
  }

  async #start(name: ServiceName): Promise<void> {
    const known: Service["known"] = new Map();
    const server = createServer((request, response) => {
      delay(costsMs[name])
        .then(() => take(known, request))
        .then(
          (status) => response.writeHead(status).end(),
          () => response.writeHead(400).end(),
        );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#services.set(name, { server, known, port: (server.address() as AddressInfo).port });
  }
}

/** An item of a list, as a strategy's `envelope: true` makes them. */
interface BulkItem {
  readonly operation: "upsert" | "delete";
  readonly key: { readonly [field: string]: string | number };
  readonly revision: string;
  readonly body: unknown;
}

/** `PUT` and `DELETE /orders/42` for one thing, `POST /bulk/orders` for a list of them. Answers with a status. */
async function take(known: Service["known"], request: IncomingMessage): Promise<number> {
  const [, collection = "", key = ""] = (request.url ?? "/").split("/").map(decodeURIComponent);
  // The revision of a key only grows: whatever comes with an older one was overtaken on its way.
  const tell = (slot: string, revision: bigint, document: unknown) => {
    if (revision >= (known.get(slot)?.revision ?? 0n)) known.set(slot, { revision, document });
  };
  if (collection === "bulk") {
    for (const item of (await json(request)) as readonly BulkItem[]) {
      const slot = `${key}/${Object.values(item.key)[0]}`;
      tell(slot, BigInt(item.revision), item.operation === "delete" ? undefined : item.body);
    }
    return 204;
  }
  const document = request.method === "DELETE" ? undefined : await json(request);
  tell(`${collection}/${key}`, BigInt(String(request.headers["syncline-revision"])), document);
  return 204;
}
