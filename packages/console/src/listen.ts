import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refuse } from "./http/answers.ts";
import { refusalOf } from "./http/refusal.ts";
import { demandHost } from "./http/same-origin.ts";

export interface ListenOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Default 127.0.0.1: nobody but this machine. Elsewhere, put TLS in front. */
  readonly host?: string;
  /** Names, beside the addresses of this machine and `host`, by which browsers may know it. */
  readonly names?: readonly string[];
}

export interface Listening {
  /** `http://127.0.0.1:9091/` */
  readonly url: string;
  close(): Promise<void>;
}

const loopback = ["127.0.0.1", "localhost", "[::1]"];

/** Errors: as `server.listen`. */
export async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  { port, host = "127.0.0.1", names = [] }: ListenOptions,
): Promise<Listening> {
  const shown = host.includes(":") ? `[${host}]` : host;
  const known = [...loopback, shown, ...names].map((name) => name.toLowerCase());
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const checked: RequestListener = (request, response) => {
    try {
      // Whoever lets it listen everywhere has to say by which names it is known, or nothing is checked.
      if (!isEverywhere || names.length > 0) demandHost(request, known);
      handler(request, response);
    } catch (error) {
      refuse(response, refusalOf(error));
    }
  };
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000, maxHeaderSize: 16_384 }, checked);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    url: `http://${shown}:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
