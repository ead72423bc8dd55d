import type { InvokeContext, Logger, Outcome, Strategy, SyncCall, SyncItem, WireValue } from "@syncline/core/spi";

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function itemOf(body: WireValue, index = 0): SyncItem {
  const key = { orderId: String(index) };
  return { deliveryId: `delivery-${index}`, key, revision: "7", version: undefined, body, json: JSON.stringify(body) };
}

export function callOf(bodies: readonly WireValue[], parts: Partial<SyncCall> = {}): SyncCall {
  return {
    callId: "call-1",
    strategy: "crm-orders",
    category: "order",
    operation: "upsert",
    path: "Inbox.Soap11.Put",
    method: undefined,
    options: {},
    batched: false,
    items: bodies.map(itemOf),
    attempt: 1,
    ...parts,
  };
}

export function patient(): InvokeContext {
  return { signal: new AbortController().signal, deadline: Date.now() + 20_000, trace: {} };
}

export function failureOf(outcome: Outcome) {
  if (outcome.status !== "failed") throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  return outcome.failure;
}

export function strategyOf(parts: Partial<Strategy> = {}): Strategy {
  return {
    name: "crm-orders",
    category: { name: "order", fields: { orderId: "bigint" } },
    query: "SELECT 1",
    downstream: "crm",
    path: "Inbox.Soap11.Put",
    method: undefined,
    options: {},
    whenAbsent: "skip",
    compose: "set",
    rows: "one",
    versionColumn: undefined,
    coalesce: true,
    idempotent: true,
    batch: 1,
    concurrency: 8,
    rate: undefined,
    retry: { maxAttempts: 12, initialMs: 1000, maxMs: 300_000 },
    timeoutMs: 30_000,
    debounce: undefined,
    numbers: "string",
    queryTimeoutMs: 30_000,
    maxRows: 1,
    map: undefined,
    ...parts,
  };
}
