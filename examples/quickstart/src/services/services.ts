import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Address, Arrival, FromServices, ServiceName, ToServices } from "./messages.ts";

/** The downstream services, seen from the demo. */
export interface Services {
  readonly addresses: Readonly<Record<ServiceName, Address>>;
  /** Let a service that was down listen from now on. */
  open(name: ToServices["open"]): Promise<void>;
  /** What a service has, by key. */
  contents(name: ServiceName, collection: string): Promise<ReadonlyMap<string, unknown>>;
  /** Everything that a service took, in the order of its coming. */
  arrivals(name: ServiceName): Promise<readonly Arrival[]>;
}

/** Disposing it ends the process and with it the services. */
export interface ServiceProcess extends AsyncDisposable {
  ready(): Promise<Services>;
}

export function forkServices(): ServiceProcess {
  const child = fork(fileURLToPath(new URL("./service-process.ts", import.meta.url)));
  const addresses = expect(child, (message) => ("ready" in message ? message.ready : undefined));
  // Whoever awaits `ready` is told; until then a failure has to wait, too.
  addresses.catch(() => {});
  return {
    ready: async () => servicesAt(await addresses, child),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      if (child.connected) child.disconnect();
      await exit;
    },
  };
}

function servicesAt(addresses: Services["addresses"], child: ChildProcess): Services {
  return {
    addresses,
    open: async (name) => {
      const opened = expect(child, (message) => ("opened" in message ? message.opened : undefined));
      child.send({ open: name } satisfies ToServices);
      await opened;
    },
    contents: async (name, collection) => new Map(Object.entries(await get(`${addresses[name].page}/${collection}`))),
    arrivals: async (name) => (await get(`${addresses[name].page}/arrivals`)) as readonly Arrival[],
  };
}

async function expect<Found>(child: ChildProcess, find: (message: FromServices) => Found | undefined): Promise<Found> {
  const ended = new AbortController();
  const onExit = () => ended.abort(new Error("The process of the downstream services ended unexpectedly."));
  child.once("exit", onExit);
  try {
    for (;;) {
      const [message] = (await once(child, "message", { signal: ended.signal })) as [FromServices];
      if ("failed" in message) throw new Error(message.failed);
      const found = find(message);
      if (found !== undefined) return found;
    }
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    child.removeListener("exit", onExit);
  }
}

async function get(url: string): Promise<object> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url} was answered with ${response.status}.`);
  return (await response.json()) as object;
}
