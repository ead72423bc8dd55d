import type { InvokeContext, Strategy, SyncCall, SyncInvoker, WireValue } from "@syncline/core/spi";
import { nats } from "../nats.ts";
import type { NatsOptions } from "../options.ts";

/** Opened as core does. */
export function openNats(options: NatsOptions): SyncInvoker {
  const quiet = () => {};
  return nats(options).open({ downstream: "broker", log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
}

/** One item per key: `{ orderId }`, or any key. */
export function callOf(
  keys: readonly SyncCall["items"][number]["key"][],
  more: Partial<SyncCall> = {},
  body?: WireValue,
) {
  const items = keys.map((key) => {
    const content = body ?? { ...key, total: "12.50" };
    return {
      deliveryId: `delivery-${JSON.stringify(key)}`,
      key,
      revision: "7",
      version: undefined,
      body: content,
      json: JSON.stringify(content),
    };
  });
  const call: SyncCall = {
    callId: "call-1",
    strategy: "crm-orders",
    category: "order",
    operation: "upsert",
    path: "orders.{orderId}",
    method: undefined,
    options: {},
    batched: items.length > 1,
    items,
    attempt: 1,
    ...more,
  };
  return call;
}

export function dueIn(ms: number): InvokeContext {
  return { signal: AbortSignal.timeout(ms), deadline: Date.now() + ms, trace: {} };
}

export function strategyOf(more: Partial<Strategy>): Strategy {
  return {
    name: "crm-orders",
    category: { name: "order", fields: { orderId: "bigint" } },
    query: "SELECT id FROM orders WHERE id = :orderId",
    downstream: "broker",
    path: "orders.{orderId}",
    method: undefined,
    options: {},
    whenAbsent: "delete",
    compose: "set",
    rows: "one",
    versionColumn: undefined,
    coalesce: true,
    idempotent: true,
    batch: 1,
    concurrency: 8,
    rate: undefined,
    retry: { maxAttempts: 12, initialMs: 1_000, maxMs: 300_000 },
    timeoutMs: 30_000,
    debounce: undefined,
    numbers: "string",
    queryTimeoutMs: 30_000,
    maxRows: 1,
    map: undefined,
    ...more,
  };
}
