import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A downstream: it keeps what it is told under `/collection/key`, or in lists under `/bulk/collection`. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  /** What it has, by key. */
  contents(collection: string): ReadonlyMap<string, unknown>;
  /** While it is closed, it answers 503. */
  isOpen: boolean;
}

interface Told {
  readonly collection: string;
  readonly key: string;
  readonly revision: string;
  readonly document: unknown;
}

interface BulkItem {
  readonly operation: "upsert" | "delete";
  readonly key: Readonly<Record<string, string | number>>;
  readonly revision: string;
  readonly body: unknown;
}

export async function startService(): Promise<Service> {
  const documents = new Map<string, Map<string, unknown>>();
  const revisions = new Map<string, bigint>();
  const keep = ({ collection, key, revision, document }: Told) => {
    const slot = `${collection}/${key}`;
    // The revision of a key only grows: whatever comes with an older one was overtaken on its way.
    if (BigInt(revision) < (revisions.get(slot) ?? 0n)) return;
    revisions.set(slot, BigInt(revision));
    const found = documents.get(collection) ?? new Map<string, unknown>();
    documents.set(collection, found);
    if (document === undefined) found.delete(key);
    else found.set(key, document);
  };
  const server = createServer((request, response) => {
    const answer = async () => {
      if (!service.isOpen) return 503;
      for (const each of await toldBy(request)) keep(each);
      return 204;
    };
    answer().then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const service: Service = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    contents: (collection) => documents.get(collection) ?? new Map(),
    isOpen: true,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return service;
}

async function toldBy(request: IncomingMessage): Promise<readonly Told[]> {
  const [, collection = "", key = ""] = (request.url ?? "/").split("/").map(decodeURIComponent);
  const content: unknown = request.method === "DELETE" ? undefined : await json(request);
  if (collection !== "bulk")
    return [{ collection, key, revision: String(request.headers["syncline-revision"]), document: content }];
  return (content as readonly BulkItem[]).map((item) => ({
    collection: key,
    key: String(Object.values(item.key)[0]),
    revision: item.revision,
    document: item.operation === "delete" ? undefined : item.body,
  }));
}
