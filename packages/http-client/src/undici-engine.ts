import type { Dispatcher } from "undici";
import { AgeingPool } from "./ageing.ts";
import { watchingHeads } from "./answer-heads.ts";
import type { AxiosClientOptions } from "./axios-options.ts";
import type { Connector } from "./connector.ts";
import { Exchange, mostHeaderBytes } from "./exchange.ts";
import type { HttpAnswer, HttpFault, HttpRequest } from "./http-client.ts";
import { exchangeOver } from "./undici-exchange.ts";
import { Agent } from "./undici-parts.ts";

export function undiciAgents(connect: Connector, options: AxiosClientOptions): AgeingPool<Agent> {
  const care = {
    make: () => undiciAgent(connect, options.connections),
    retire: (agent: Agent) => agent.close(),
    destroy: (agent: Agent) => agent.destroy(),
  };
  return new AgeingPool(care, options.connectionAgeMs);
}

/** `connections`: sockets per origin. */
function undiciAgent(connect: Connector, connections: number): Agent {
  // No time limits of its own: the call's signal is the deadline, of the whole answer.
  return new Agent({
    connect: watchingHeads(connect),
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: mostHeaderBytes,
  });
}

/** Without axios between, for whoever does not use its surface: its request pipeline alone costs 34 µs of every call. */
export function sendDirectly(
  dispatcher: Dispatcher,
  origin: string,
  request: HttpRequest,
): Promise<HttpAnswer | HttpFault> {
  const { method, path, body } = request;
  const headers: string[] = [];
  for (const name in request.headers) headers.push(name, request.headers[name] ?? "");
  // undici takes an absolute address for a path as well: nothing but a path of our own origin may get there.
  const ownPath = path.startsWith("/") ? path : `/${path}`;
  const sending = { origin, path: ownPath, method: method as Dispatcher.HttpMethod, headers, body: body ?? null };
  return exchangeOver(dispatcher, sending, new Exchange(request));
}
