import { Axios, type AxiosAdapter, type AxiosResponse } from "axios";
import type { AxiosClientOptions } from "./axios-options.ts";
import type { Connector } from "./connector.ts";
import { Exchange, type ExchangeConfig } from "./exchange.ts";
import type { ClientParts, HttpAnswer, HttpFault, HttpHeaders, HttpRequest } from "./http-client.ts";
import { nodeAdapter, nodeAgents } from "./node-engine.ts";
import { undiciAdapter } from "./undici-adapter.ts";
import { undiciAgents } from "./undici-engine.ts";

/**
 * Requests through an axios instance of the downstream's own. Only this module and what it imports
 * load axios.
 */
export function partsOverAxios(options: AxiosClientOptions, connector: Connector): ClientParts {
  return options.engine === "node" ? nodeParts(options, connector) : undiciParts(options, connector);
}

function undiciParts(options: AxiosClientOptions, connector: Connector): ClientParts {
  const agents = undiciAgents(connector, options);
  const instance = instanceOver(undiciAdapter(agents), options);
  return { request: (request) => send(instance, request), close: () => agents.destroy() };
}

function nodeParts(options: AxiosClientOptions, connector: Connector): ClientParts {
  const agents = nodeAgents(connector, options.connectionAgeMs);
  const instance = instanceOver(nodeAdapter(agents, options.connections), options);
  return { request: (request) => send(instance, request), close: () => agents.destroy() };
}

function instanceOver(adapter: AxiosAdapter, { origin, configure }: AxiosClientOptions): Axios {
  // The bare class has no defaults of its own, which is also what keeps it quick: axios merges them
  // for every request.
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
