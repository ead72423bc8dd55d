import type { Transport } from "@syncline/core/spi";
import { openDownstream, prepareDownstream } from "@syncline/http-client";
import { HttpInvoker } from "./http-invoker.ts";
import { checkHttpOptions, type HttpOptions, headerRules } from "./options.ts";
import { checkHttpStrategy } from "./strategy-checks.ts";

/** A downstream that is called over HTTP with JSON. No I/O until the first call. */
export function http(options: HttpOptions): Transport {
  const idempotencyHeader = String(options?.idempotencyHeader ?? "idempotency-key").toLowerCase();
  return {
    specVersion: 1,
    name: "http",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    ...(options?.limits === undefined ? {} : { limits: options.limits }),
    checkOptions: () => checkHttpOptions(options),
    prepare: () => prepareDownstream(options),
    checkStrategy: (strategy) => checkHttpStrategy(strategy, headerRules(options)),
    open: () => new HttpInvoker(options, openDownstream(options, {}), idempotencyHeader),
  };
}
