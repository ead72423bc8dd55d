import { axiosParts, usesAxios } from "./axios-loading.ts";
import type { AxiosClientOptions } from "./axios-options.ts";
import { type Connector, createConnector } from "./connector.ts";
import type { ClientParts, HttpClient, HttpFault } from "./http-client.ts";
import { sendDirectly, undiciAgents } from "./undici-engine.ts";

/**
 * `HttpClient` on axios: one bare instance per downstream, so that no global default, proxy or transform takes part.
 * Where nobody gets hold of the instance, and the engine is undici, requests go straight to the engine.
 */
export function axiosClient(options: AxiosClientOptions): HttpClient {
  const connector = createConnector(options);
  const parts = usesAxios(options) ? axiosParts(options, connector) : undiciParts(options, connector);
  return { ...parts, probe: (signal) => probe(connector, new URL(options.origin), signal) };
}

function undiciParts(options: AxiosClientOptions, connector: Connector): ClientParts {
  const { origin } = options;
  const agents = undiciAgents(connector, options);
  return { request: (request) => sendDirectly(agents.get(), origin, request), close: () => agents.destroy() };
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
