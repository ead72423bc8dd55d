import { spawn } from "node:child_process";
import { once } from "node:events";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import net, { type AddressInfo, type Socket } from "node:net";
import tls, { type TlsOptions } from "node:tls";

export interface ListeningServer {
  readonly port: number;
  /** What was said to it, once TLS was set up. */
  readonly heard: readonly Buffer[];
  stop(): Promise<void>;
}

/** Takes what is said after the handshake, and answers nothing. */
export function listeningTls(options: TlsOptions, port = 0): Promise<ListeningServer> {
  const heard: Buffer[] = [];
  const server = tls.createServer({ ALPNProtocols: ["h2", "http/1.1"], ...options }, (socket) => {
    socket.on("data", (chunk) => heard.push(chunk)).on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  return listening(server, heard, port);
}

/**
 * Says in an alert why it refuses a caller's certificate, as most servers do and Node's does not.
 * `files` are paths.
 */
export async function opensslServer(files: { ca: string; cert: string; key: string }, version: "tls1_2" | "tls1_3") {
  const heard: Buffer[] = [];
  const address = ["-accept", "127.0.0.1:0", `-${version}`];
  const own = ["-cert", files.cert, "-key", files.key, "-CAfile", files.ca, "-Verify", "2", "-verify_return_error"];
  const server = spawn("openssl", ["s_server", ...address, ...own], { stdio: ["pipe", "pipe", "ignore"] });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject).once("exit", () => reject(new Error("openssl has ended")));
    server.stdout.on("data", (chunk: Buffer) => {
      heard.push(chunk);
      const said = /^ACCEPT 127\.0\.0\.1:(\d+)/m.exec(Buffer.concat(heard).toString("latin1"));
      if (said !== null) resolve(Number(said[1]));
    });
  });
  const ended = once(server, "exit");
  const stop = async () => {
    server.kill();
    await ended;
  };
  return { port, heard, stop };
}

/** Does what it likes once the first bytes of a handshake have come. */
export function rawTcp(act: (socket: Socket) => void, port = 0): Promise<ListeningServer> {
  const server = net.createServer((socket) => {
    socket.on("error", () => {}).once("data", () => act(socket));
  });
  return listening(server, [], port);
}

/** HTTP/1.1 and HTTP/2 over TLS. */
export function soundTls(
  options: TlsOptions,
  port: number,
  answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<ListeningServer> {
  const server = createSecureServer({ ...options, allowHTTP1: true }, answer);
  server.on("tlsClientError", () => {}).on("sessionError", () => {});
  return listening(server as unknown as net.Server, [], port);
}

async function listening(server: net.Server, heard: Buffer[], port: number): Promise<ListeningServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
