import type { AddressInfo } from "node:net";
import { createServer, connect as open, type Server, type Socket } from "node:net";
import { afterAll } from "vitest";
import { FrontendReader } from "./frontend-reader.ts";

/** A proxy before PostgreSQL that logs what the server is asked: every statement run, every round trip. */
export class WireTap {
  /** The texts of the statements run, in order, in whatever way they were sent. */
  readonly statements: string[] = [];
  /** Messages after which the sender waits for the server: Query and Sync. */
  roundTrips = 0;
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(target: string): Promise<WireTap> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = new URL(target);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tap = new WireTap(server, url.href);
    server.on("connection", (client) => tap.#join(client, open(Number(port), hostname)));
    afterAll(() => tap.#stop());
    return tap;
  }

  clear(): void {
    this.statements.length = 0;
    this.roundTrips = 0;
  }

  #join(client: Socket, server: Socket): void {
    const reader = new FrontendReader({
      onStatement: (text) => this.statements.push(text),
      onRoundTrip: () => {
        this.roundTrips += 1;
      },
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
    client.on("data", (bytes: Buffer) => reader.read(bytes));
    client.pipe(server);
    server.pipe(client);
  }

  async #stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
