import { Axios, type AxiosAdapter, type AxiosResponse } from "axios";
import { type Connector, type ConnectorOptions, createConnector } from "./connector.ts";
import { Exchange, type ExchangeConfig } from "./exchange.ts";
import type { HttpAnswer, HttpClient, HttpFault, HttpHeaders, HttpRequest } from "./http-client.ts";
import { nodeAdapter, nodeAgents } from "./node-engine.ts";
import { sendDirectly, undiciAdapter, undiciAgent } from "./undici-engine.ts";

/** The instance that every request of one downstream goes through: add interceptors to it. */
export type HttpInstance = Pick<Axios, "interceptors" | "defaults">;

export interface AxiosClientOptions extends ConnectorOptions {
  readonly origin: string;
  /** `node`: axios' own http adapter: slower, but what instrumentation of `node:http` sees. */
  readonly engine?: "undici" | "node" | undefined;
  /** Sockets at most. */
  readonly connections: number;
  readonly configure?: ((instance: HttpInstance) => void) | undefined;
}

/**
 * `HttpClient` on axios: one bare instance per downstream, so that no global default, proxy or transform takes part.
 * Where nobody gets hold of the instance, and the engine is undici, requests go straight to the engine.
 */
export function axiosClient(options: AxiosClientOptions): HttpClient {
  const connector = createConnector(options);
  const parts = options.engine === "node" ? nodeParts(options, connector) : undiciParts(options, connector);
  return { ...parts, probe: (signal) => probe(connector, new URL(options.origin), signal) };
}

type Parts = Pick<HttpClient, "request" | "close">;

function undiciParts(options: AxiosClientOptions, connector: Connector): Parts {
  const { origin, configure, connections } = options;
  const agent = undiciAgent(connector, connections);
  const close = () => agent.destroy();
  if (configure === undefined) return { request: (request) => sendDirectly(agent, origin, request), close };
  const instance = instanceOver(undiciAdapter(agent), options);
  return { request: (request) => send(instance, request), close };
}

function nodeParts(options: AxiosClientOptions, connector: Connector): Parts {
  const agents = nodeAgents(connector);
  const instance = instanceOver(nodeAdapter(agents, options.connections), options);
  return {
    request: (request) => send(instance, request),
    close: async () => {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

function instanceOver(adapter: AxiosAdapter, { origin, configure }: AxiosClientOptions): Axios {
  // The bare class has no defaults of its own, which is also what keeps it quick: axios merges them for every request.
  const instance = new Axios({ baseURL: origin, adapter });
  configure?.(instance);
  return instance;
}

async function send(instance: Axios, request: HttpRequest): Promise<HttpAnswer | HttpFault> {
  const exchange = new Exchange(request);
  const { method, path, headers, body } = request;
  const config: ExchangeConfig = { method, url: path, headers, data: body, exchange };
  try {
    const answer: AxiosResponse<Uint8Array> = await instance.request(config);
    return {
      status: answer.status,
      headers: answer.headers as HttpHeaders,
      body: answer.data,
      truncated: exchange.truncated,
    };
  } catch (error) {
    // Never the error object itself: axios' carry the credentials.
    const { code, name, message } = error as NodeJS.ErrnoException;
    return { fault: code ?? name ?? "UNKNOWN", reason: message ?? "", sent: exchange.sent };
  }
}

function probe(connector: Connector, origin: URL, signal: AbortSignal): Promise<HttpFault | undefined> {
  return new Promise((resolve) => {
    const give = (fault: HttpFault | undefined) => {
      signal.removeEventListener("abort", onAbort);
      resolve(fault);
    };
    const onAbort = () => give({ fault: "ABORTED", reason: "given up", sent: false });
    signal.addEventListener("abort", onAbort);
    const { host, hostname, port, protocol } = origin;
    connector({ host, hostname, port, protocol }, (error: NodeJS.ErrnoException | null, socket) => {
      socket?.destroy();
      give(error === null ? undefined : { fault: error.code ?? error.name, reason: error.message, sent: false });
    });
    if (signal.aborted) onAbort();
  });
}
