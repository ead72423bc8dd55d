import type { Strategy, SyncCall, SyncItem, WireValue } from "@syncline/core/spi";
import type { StrategyParts } from "./fixture.ts";

export function orderItem(orderId: string, body: WireValue, revision = "7"): SyncItem {
  const key = { orderId };
  return {
    deliveryId: `delivery-${orderId}-${revision}`,
    key,
    revision,
    version: undefined,
    body,
    json: JSON.stringify(body),
  };
}

/** A call that nobody can change. */
export function callOf(parts: StrategyParts, items: readonly SyncItem[], more: Partial<SyncCall> = {}): SyncCall {
  const call: SyncCall = {
    callId: `call-${items.map((item) => item.deliveryId).join("-")}`,
    strategy: "conformance-orders",
    category: "order",
    operation: "upsert",
    path: parts.path,
    method: parts.method,
    options: parts.options ?? {},
    batched: false,
    items,
    attempt: 1,
    ...more,
  };
  return deepFreeze(structuredClone(call));
}

/** The strategy that such calls are made for. */
export function strategyOf(parts: StrategyParts, batch: number): Strategy {
  return {
    name: "conformance-orders",
    category: { name: "order", fields: { orderId: "bigint" } },
    query: "SELECT id, total FROM orders WHERE id = :orderId",
    downstream: "conformance",
    path: parts.path,
    method: parts.method,
    options: parts.options ?? {},
    whenAbsent: "skip",
    compose: "set",
    rows: "one",
    versionColumn: undefined,
    coalesce: true,
    idempotent: true,
    batch,
    concurrency: 8,
    rate: undefined,
    retry: { maxAttempts: 12, initialMs: 1_000, maxMs: 300_000 },
    timeoutMs: 30_000,
    debounce: undefined,
    numbers: "string",
    queryTimeoutMs: 30_000,
    maxRows: 1,
    map: undefined,
  };
}

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
