import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type HttpAct, itemsTaken, perform } from "./act-over-http.ts";
import { DownstreamBooks } from "./downstream-books.ts";
import type { DownstreamControl } from "./downstream-control.ts";
import { type HttpReceivedCall, readCall } from "./received-over-http.ts";

/** What the downstream does with a call that nothing was scripted for. */
export type Behaviour = (call: HttpReceivedCall) => HttpAct | Promise<HttpAct>;

const elsewhere = "/elsewhere";

/** Starts a real HTTP server on the loopback interface. It does as the test says, and keeps the books. */
export async function programmableDownstream(): Promise<ProgrammableDownstream> {
  const downstream = new ProgrammableDownstream();
  await downstream.start();
  return downstream;
}

export class ProgrammableDownstream implements DownstreamControl {
  /** Calls beyond those scripted by `next`. Default: accept. */
  behave: Behaviour = () => ({ act: "accept" });
  readonly received: HttpReceivedCall[] = [];
  readonly books = new DownstreamBooks();
  diverted = 0;
  answeredBytes = 0;
  readonly #script: HttpAct[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  next(...acts: readonly HttpAct[]): void {
    this.#script.push(...acts);
  }

  /** Takes every call but for items of these keys, which it refuses for ever. Keys as in the envelope. */
  refuseKeys(isRefused: (item: HttpReceivedCall["items"][number]) => boolean): void {
    this.behave = ({ items }) => {
      const indices = items.flatMap((item, index) => (isRefused(item) ? [index] : []));
      if (indices.length === 0) return { act: "accept" };
      return indices.length === items.length ? { act: "refuse", kind: "rejected" } : { act: "refuse-items", indices };
    };
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((incoming, response) => this.#receive(incoming, response));
    // A caller that forgets a connection must be seen to have forgotten it.
    server.keepAliveTimeout = 0;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  close(): Promise<void> {
    return this.stop();
  }

  #receive(incoming: IncomingMessage, response: ServerResponse): void {
    response.on("error", () => {});
    incoming.on("error", () => {});
    if (incoming.url === elsewhere) {
      this.diverted += 1;
      response.end("{}");
      return;
    }
    const scripted = this.#script.shift();
    if (scripted?.act === "cut" && scripted.when === "before-receiving") {
      incoming.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const call = readCall({
        number: this.received.length + 1,
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        headers: incoming.headers,
        text: Buffer.concat(chunks).toString("utf8"),
      });
      this.received.push(call);
      this.#answer(scripted, call, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  async #answer(scripted: HttpAct | undefined, call: HttpReceivedCall, response: ServerResponse): Promise<void> {
    const act = scripted ?? (await this.behave(call));
    for (const index of itemsTaken(act, call.items.length)) {
      const item = call.items[index];
      if (item !== undefined) this.books.keep(call, item);
    }
    const wrote = (bytes: number) => {
      this.answeredBytes += bytes;
    };
    perform(act, { call, response, elsewhere: this.url + elsewhere, wrote });
  }
}
