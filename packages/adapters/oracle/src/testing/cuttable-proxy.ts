import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to the server that can be cut: a reader of Oracle never waits, so no lock can hold it up to be killed. */
export interface CuttableProxy {
  readonly port: number;
  /** The next thing that a client says is not passed on, and its connection ends. Resolves when that has happened. */
  cutNext(): Promise<void>;
  close(): Promise<void>;
}

export async function cuttableProxy(target: { readonly host: string; readonly port: number }): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let cut: (() => void) | undefined;
  const server = createServer((client) => {
    const upstream = connect(target);
    const both = [client, upstream];
    const end = () => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on("data", (chunk) => {
      if (cut === undefined) {
        upstream.write(chunk);
        return;
      }
      end();
      cut();
      cut = undefined;
    });
    upstream.on("data", (chunk) => client.write(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cutNext: () =>
      new Promise((resolve) => {
        cut = resolve;
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
