import http from "node:http";
import https from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A proxy that opens tunnels by CONNECT, and says what it was asked. */
export class ConnectProxy {
  /** Each CONNECT: where to, and with which credentials. */
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[] = [];
  /** What it answers instead of opening the tunnel. */
  refusal: number | undefined;
  /** Answers nothing. */
  isSilent = false;
  /** Other requests than CONNECT: a proxy of ours gets none. */
  others = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: http.Server | https.Server;
  readonly #scheme: string;

  private constructor(tls: https.ServerOptions | undefined) {
    const onOther: http.RequestListener = (_request, answer) => {
      this.others += 1;
      answer.writeHead(500).end();
    };
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server = tls === undefined ? http.createServer(onOther) : https.createServer(tls, onOther);
    this.#server.on("tlsClientError", () => {});
    this.#server.on("connection", (socket) => this.#keep(socket));
    this.#server.on("connect", (request, socket: Socket, head: Buffer) => {
      const { url = "", headers } = request;
      this.asked.push({ authority: url, authorization: headers["proxy-authorization"] });
      if (this.isSilent) return;
      if (this.refusal !== undefined) {
        socket.end(`HTTP/1.1 ${this.refusal} no\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(url) ?? [];
      const target = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 here you are\r\n\r\n");
        target.write(head);
        target.pipe(socket).pipe(target);
      });
      this.#keep(target);
      target.on("error", () => socket.destroy());
    });
  }

  /** `tls`: one that is spoken to over TLS. */
  static async start(tls?: https.ServerOptions): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(tls);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
