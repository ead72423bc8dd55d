import type { Transport } from "@syncline/core/spi";
import { axiosClient } from "@syncline/http-client";
import { HttpInvoker } from "./http-invoker.ts";
import { checkHttpOptions, type HttpOptions } from "./options.ts";
import { checkHttpStrategy } from "./strategy-options.ts";

/** A downstream that is called over HTTP with JSON. No I/O until the first call. */
export function http(options: HttpOptions): Transport {
  const idempotencyHeader = String(options?.idempotencyHeader ?? "idempotency-key").toLowerCase();
  return {
    specVersion: 1,
    name: "http",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    ...(options?.limits === undefined ? {} : { limits: options.limits }),
    checkOptions: () => checkHttpOptions(options),
    checkStrategy: (strategy) => checkHttpStrategy(strategy, idempotencyHeader),
    open: () => new HttpInvoker(options, axiosClient(clientOptions(options)), idempotencyHeader),
  };
}

function clientOptions(options: HttpOptions) {
  return {
    origin: new URL(options.baseUrl).origin,
    engine: options.engine ?? "undici",
    connectMs: options.timeouts?.connectMs ?? 5000,
    // A call that waits for a socket while its deadline runs would be taken for the downstream's fault.
    connections: options.connections ?? Math.max(64, options.limits?.concurrency ?? 0),
    configure: options.configure,
  } as const;
}
