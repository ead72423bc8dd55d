import { Axios, type AxiosResponse } from "axios";
import { type Connector, type ConnectorOptions, createConnector } from "./connector.ts";
import { Exchange, type ExchangeConfig } from "./exchange.ts";
import type { HttpAnswer, HttpClient, HttpFault, HttpHeaders, HttpRequest } from "./http-client.ts";
import { nodeAdapter, nodeAgents } from "./node-engine.ts";
import { undiciAdapter, undiciAgent } from "./undici-engine.ts";

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

/** `HttpClient` on axios: one bare instance per downstream, so that no global default, proxy or transform takes part. */
export function axiosClient(options: AxiosClientOptions): HttpClient {
  const connector = createConnector(options);
  const { connections } = options;
  const engine = options.engine === "node" ? nodeEngine(connector, connections) : undiciEngine(connector, connections);
  // The bare class has no defaults of its own, which is also what keeps it quick: axios merges them for every request.
  const instance = new Axios({ baseURL: options.origin, adapter: engine.adapter });
  options.configure?.(instance);
  return {
    request: (request) => send(instance, request),
    probe: (signal) => probe(connector, new URL(options.origin), signal),
    close: engine.close,
  };
}

function undiciEngine(connector: Connector, connections: number) {
  const agent = undiciAgent(connector, connections);
  return { adapter: undiciAdapter(agent), close: () => agent.destroy() };
}

function nodeEngine(connector: Connector, connections: number) {
  const agents = nodeAgents(connector);
  const close = async () => {
    agents.httpAgent.destroy();
    agents.httpsAgent.destroy();
  };
  return { adapter: nodeAdapter(agents, connections), close };
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
