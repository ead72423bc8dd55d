import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import { Books, type Delivered } from "./books.ts";

/** One call as it came in. Items are what Syncline's HTTP envelope holds. */
export interface Call {
  /** The path: the tests give each strategy one of its own. */
  readonly lane: string;
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly items: readonly Delivered[];
  /** Numbered from 1, in order of arrival. */
  readonly number: number;
}

/** What the downstream does with a call. Without `apply`, it keeps what it answers 2xx to. */
export interface Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
  /** Keep the items whatever is answered. `false`: keep none of them. A list: keep these, by position. */
  readonly apply?: boolean | readonly number[];
  /** Break the connection instead of answering. */
  readonly drop?: boolean;
}

export type Behaviour = (call: Call) => Answer | Promise<Answer>;

export const accept: Behaviour = () => ({ status: 200 });
/** Takes the call and never answers. */
export const hang: Behaviour = () => new Promise(() => {});

/** A real HTTP server that does as the test says and keeps the books. */
export class Downstream {
  readonly books = new Books();
  readonly calls: Call[] = [];
  behave: Behaviour = accept;
  #answering = 0;
  readonly #server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", () => {});
    incoming.on("end", () => {
      const content = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Delivered | readonly Delivered[];
      const call: Call = {
        lane: (incoming.url ?? "").slice(1),
        id: String(incoming.headers["idempotency-key"]),
        headers: incoming.headers,
        items: Array.isArray(content) ? content : [content as Delivered],
        number: this.calls.length + 1,
      };
      this.calls.push(call);
      void this.#answer(call, response);
    });
  });

  static async start(): Promise<Downstream> {
    const downstream = new Downstream();
    await downstream.listen(0);
    afterAll(() => downstream.stop());
    return downstream;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Calls that were not answered yet and whose caller has not gone away. */
  get answering(): number {
    return this.#answering;
  }

  callsTo(lane: string): readonly Call[] {
    return this.calls.filter((call) => call.lane === lane);
  }

  /** Nobody can connect, and whoever was connected no longer is. */
  async stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await stopped;
  }

  async #answer(call: Call, response: ServerResponse): Promise<void> {
    this.#answering += 1;
    const close = this.books.open(call);
    response.on("close", () => {
      this.#answering -= 1;
      close();
    });
    const answer = await this.behave(call);
    const taken = answer.apply ?? (answer.status >= 200 && answer.status < 300);
    const kept = Array.isArray(taken)
      ? call.items.filter((_, index) => taken.includes(index))
      : taken
        ? call.items
        : [];
    for (const item of kept) this.books.keep(call.lane, item);
    if (answer.drop) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  }
}
