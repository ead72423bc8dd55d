import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export type Script = (request: Received, answer: ServerResponse, incoming: IncomingMessage) => void;

/** A real server that answers as the test says, and remembers what it was sent. */
export class ScriptedServer {
  readonly received: Received[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  script: Script = (_request, answer) => answer.end("{}");
  /** Before the body is read. */
  onHead: (() => void) | undefined;
  readonly #server: http.Server;

  private constructor() {
    this.#server = http.createServer((incoming, answer) => {
      this.onHead?.();
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const { method = "", url = "", headers } = incoming;
        const request = { method, url, headers, bytes, text: bytes.toString("utf8") };
        this.received.push(request);
        this.script(request, answer, incoming);
      });
    });
    this.#server.on("connection", (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    await new Promise<void>((resolve) => scripted.#server.listen(0, "127.0.0.1", resolve));
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get last(): Received {
    const last = this.received.at(-1);
    if (last === undefined) throw new Error("the server has received nothing");
    return last;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
