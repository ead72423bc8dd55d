import { once } from "node:events";
import { type AddressInfo, createServer, connect as open, type Socket } from "node:net";

/** `pass`; `stall`: accept, forward nothing, keep it for later; `vanish`: bytes are lost; `delay`: each piece waits. */
export type Weather = "pass" | "stall" | "vanish" | "delay";

/** A connection that lives through the proxy. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

const delayMs = 40;

/** Stands between a client and a server, and does to connections what networks do. */
export class TcpProxy {
  readonly url: string;
  readonly #links = new Set<Link>();
  /** Those whose streams have lost bytes. */
  readonly #damaged = new Set<Link>();
  /** Those of which a piece is delayed. */
  readonly #waiting = new Set<Socket>();
  readonly #server: ReturnType<typeof createServer>;
  #weather: Weather = "pass";
  #cutAfterBytes: number | undefined;
  #cuts = 0;

  private constructor(server: ReturnType<typeof createServer>, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(target: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = new URL(target);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new TcpProxy(server, url.href);
    server.on("connection", (client) => proxy.#join({ client, server: open(Number(port), hostname) }));
    return proxy;
  }

  get connections(): number {
    return this.#links.size;
  }

  /** Connections that `cutAfter` has ended. */
  get cuts(): number {
    return this.#cuts;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
    const paused = weather === "stall";
    for (const { client, server } of this.#links) {
      for (const side of [client, server]) {
        if (paused) side.pause();
        // A piece that still waits must not be overtaken.
        else if (!this.#waiting.has(side)) side.resume();
      }
    }
    // What has lost bytes in the middle of its stream is of no more use to anybody.
    if (weather === "pass") for (const link of this.#damaged) this.#reset(link);
  }

  /** RST to both sides, to all connections or to those picked. */
  reset(picked: () => boolean = () => true): number {
    const chosen = [...this.#links].filter(picked);
    for (const link of chosen) this.#reset(link);
    return chosen.length;
  }

  /** After this many bytes more from the clients, the connection that sent the last of them is reset in mid-message. */
  cutAfter(bytes: number | undefined): void {
    this.#cutAfterBytes = bytes;
  }

  async close(): Promise<void> {
    this.reset();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #join(link: Link): void {
    this.#links.add(link);
    for (const [from, to] of [
      [link.client, link.server],
      [link.server, link.client],
    ] as const) {
      from.on("error", () => {});
      from.on("close", () => {
        this.#links.delete(link);
        this.#damaged.delete(link);
        to.destroy();
      });
      from.on("data", (bytes: Buffer) => this.#forward(link, from, to, bytes));
      if (this.#weather === "stall") from.pause();
    }
  }

  #forward(link: Link, from: Socket, to: Socket, bytes: Buffer): void {
    if (this.#weather === "vanish") {
      this.#damaged.add(link);
      return;
    }
    const left = this.#cutAfterBytes;
    if (left !== undefined && from === link.client) {
      this.#cutAfterBytes = left - bytes.length;
      if (left <= bytes.length) {
        this.#cutAfterBytes = undefined;
        this.#cuts += 1;
        // What came before the cut is still delivered, so the server may well act on it without anybody hearing of it.
        to.write(bytes.subarray(0, left), () => this.#reset(link));
        return;
      }
    }
    if (this.#weather !== "delay") {
      to.write(bytes);
      return;
    }
    from.pause();
    this.#waiting.add(from);
    setTimeout(() => {
      this.#waiting.delete(from);
      to.write(bytes);
      if (this.#weather !== "stall") from.resume();
    }, delayMs);
  }

  #reset({ client, server }: Link): void {
    client.resetAndDestroy();
    server.resetAndDestroy();
  }
}
