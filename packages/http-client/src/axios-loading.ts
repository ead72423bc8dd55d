import type { Problem } from "@syncline/core/spi";
import { isAborted } from "@syncline/core/transport-kit";
import type { AxiosClientOptions } from "./axios-options.ts";
import type { Connector } from "./connector.ts";
import type { ClientParts, HttpAnswer, HttpFault, HttpRequest } from "./http-client.ts";

type Surface = typeof import("./axios-surface.ts");
type Choice = Pick<AxiosClientOptions, "engine"> & { readonly configure?: AxiosClientOptions["configure"] };

let surface: Surface | undefined;

/**
 * Whether anything of a downstream's goes through axios. Most do without, and loading it would be a
 * quarter of their start.
 */
export function usesAxios({ engine, configure }: Choice): boolean {
  return engine === "node" || configure !== undefined;
}

/**
 * For a transport's `prepare`: loads axios where the options ask for it, so that clients opened from
 * then on have it at once. Never rejects: what keeps axios from being loaded is a problem of the options.
 */
export async function prepareAxios(options: Choice, load = loadSurface): Promise<readonly Problem[]> {
  if (!usesAxios(options)) return [];
  try {
    await load();
    return [];
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    const at = options.engine === "node" ? "engine" : "configure";
    return [{ at, message: `needs axios, which cannot be loaded (${code ?? name}): ${message}` }];
  }
}

/** At once if axios is there already; otherwise the first requests wait for it. */
export function axiosParts(options: AxiosClientOptions, connector: Connector): ClientParts {
  if (surface !== undefined) return surface.partsOverAxios(options, connector);
  const parts = loadSurface().then(({ partsOverAxios }) => partsOverAxios(options, connector));
  // Each request tells it.
  parts.catch(() => {});
  return {
    request: (request) => parts.then((ready) => requestLater(ready, request), notLoaded),
    close: () =>
      parts.then(
        (ready) => ready.close(),
        () => {},
      ),
  };
}

async function loadSurface(): Promise<Surface> {
  surface ??= await import("./axios-surface.ts");
  return surface;
}

function requestLater(ready: ClientParts, request: HttpRequest): Promise<HttpAnswer | HttpFault> | HttpFault {
  // An engine listens for the signal; one that has fired while axios was loaded says nothing any more.
  return isAborted(request.signal) ? { fault: "ABORTED", reason: "given up", sent: false } : ready.request(request);
}

function notLoaded({ code, name, message }: NodeJS.ErrnoException): HttpFault {
  return { fault: code ?? name, reason: message, sent: false };
}
