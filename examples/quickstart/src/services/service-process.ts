// The downstream services, in a process of their own: what they do must not slow the pipeline, nor the other way round.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type FromServices, forgetfulServiceVariable, type ServiceName, type ToServices } from "./messages.ts";
import { createService, type Temper } from "./service.ts";
import { Store } from "./store.ts";

const tempers: Readonly<Record<ServiceName, Temper>> = {
  warehouse: { delayMs: 1 },
  search: { delayMs: 40 },
  billing: { delayMs: 15, failsEvery: 50 },
};

const services = {
  warehouse: service("warehouse"),
  search: service("search"),
  billing: service("billing"),
};

function service(name: ServiceName): Server {
  return createService(new Store(process.env[forgetfulServiceVariable] === name), tempers[name]);
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A port that nobody else is given while its service is down: below those that systems hand out by themselves. */
async function reservePort(server: Server): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      await listen(server, port);
      await new Promise((resolve) => server.close(resolve));
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

function tell(message: FromServices): void {
  if (process.connected) process.send?.(message);
}

async function main(): Promise<void> {
  const ports = {
    warehouse: await listen(services.warehouse, 0),
    search: await listen(services.search, 0),
    billing: await reservePort(services.billing),
  };
  process.on("message", ({ open }: ToServices) => {
    listen(services[open], ports[open]).then(
      () => tell({ opened: open }),
      (error: unknown) =>
        tell({ failed: `The service ${open} cannot listen on port ${ports[open]}: ${String(error)}` }),
    );
  });
  const at = (port: number) => `http://127.0.0.1:${port}`;
  tell({ ready: { warehouse: at(ports.warehouse), search: at(ports.search), billing: at(ports.billing) } });
}

// Ctrl-C reaches every process of the terminal. The demo ends in order first, and this one after it.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
// The demo may have failed before this process had begun.
if (!process.connected) process.exit();
await main();
