// The downstream services, in a process of their own: what they do must not slow the pipeline, nor the other way round.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ServerCredentials } from "@grpc/grpc-js";
import { createGrpcService } from "./grpc-service.ts";
import { createHttpService } from "./http-service.ts";
import { type FromServices, forgetfulServiceVariable, type ServiceName, type ToServices } from "./messages.ts";
import { createPage } from "./page.ts";
import { createSoapService } from "./soap-service.ts";
import { Store } from "./store.ts";

const warehouse = createHttpService(storeOf("warehouse"), 1);
const searchStore = storeOf("search");
const search = createGrpcService(searchStore, 40);
const billing = createSoapService(storeOf("billing"), { delayMs: 15, failsEvery: 50 });

function storeOf(name: ServiceName): Store {
  return new Store(process.env[forgetfulServiceVariable] === name);
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function listenWithGrpc(): Promise<number> {
  return await new Promise((resolve, reject) => {
    search.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
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
  const billingPort = await reservePort(billing);
  process.on("message", ({ open }: ToServices) => {
    listen(billing, billingPort).then(
      () => tell({ opened: open }),
      (error: unknown) =>
        tell({ failed: `The service ${open} cannot listen on port ${billingPort}: ${String(error)}` }),
    );
  });
  const host = "127.0.0.1";
  const at = (port: number) => `http://${host}:${port}`;
  const warehouseUrl = at(await listen(warehouse, 0));
  tell({
    ready: {
      warehouse: { api: warehouseUrl, page: warehouseUrl },
      search: { api: `${host}:${await listenWithGrpc()}`, page: at(await listen(createPage(searchStore), 0)) },
      billing: { api: `${at(billingPort)}/accounts`, page: at(billingPort) },
    },
  });
}

// Ctrl-C reaches every process of the terminal. The demo ends in order first, and this one after it.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
// The demo may have failed before this process had begun.
if (!process.connected) process.exit();
await main();
