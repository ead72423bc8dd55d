import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to the server that can be cut: a reader of Oracle never waits, so no lock can hold it up to be killed. */
export interface CuttableProxy {
  readonly port: number;
  /** The next thing that a client says is not passed on, and its connection ends. Resolves when that has happened. */
  cutNext(): Promise<void>;
  /**
   * From now on nothing is passed on, either way, of the connections that there are; with `all`, of
   * later ones' logins, too.
   */
  fallSilent(which?: "present" | "all"): void;
  /** Later connections are as they were. */
  speak(): void;
  close(): Promise<void>;
}

export async function cuttableProxy(target: { readonly host: string; readonly port: number }): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  let cut: (() => void) | undefined;
  let loginsAreSilent = false;
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
        silent.delete(socket);
        end();
      });
    }
    let chunks = 0;
    client.on("data", (chunk) => {
      chunks += 1;
      // The listener still answers, and the server behind it does not.
      if (loginsAreSilent && chunks > 1) silent.add(client);
      if (silent.has(client)) return;
      if (cut === undefined) {
        upstream.write(chunk);
        return;
      }
      end();
      cut();
      cut = undefined;
    });
    upstream.on("data", (chunk) => void (silent.has(client) || client.write(chunk)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cutNext: () =>
      new Promise((resolve) => {
        cut = resolve;
      }),
    fallSilent: (which = "present") => {
      loginsAreSilent = which === "all";
      for (const socket of sockets) silent.add(socket);
    },
    speak: () => {
      loginsAreSilent = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
