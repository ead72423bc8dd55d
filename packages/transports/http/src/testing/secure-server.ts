import https from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { selfSigned } from "./self-signed.ts";

export interface SecureServer {
  readonly url: string;
  /** Of each request, the common name of the caller's certificate, and whether it was vouched for. */
  readonly callers: { readonly name: string | undefined; readonly known: boolean }[];
  stop(): Promise<void>;
}

/** Asks for a certificate; `mutual` refuses whoever has none that it trusts. */
export async function secureServer(mutual: boolean): Promise<SecureServer> {
  const callers: { readonly name: string | undefined; readonly known: boolean }[] = [];
  const options = { ...selfSigned, ca: selfSigned.cert, requestCert: true, rejectUnauthorized: mutual };
  const server = https.createServer(options, (request, answer) => {
    const socket = request.socket as TLSSocket;
    callers.push({ name: [socket.getPeerCertificate().subject?.CN].flat()[0], known: socket.authorized });
    request.resume().on("end", () => answer.end("{}"));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callers,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
