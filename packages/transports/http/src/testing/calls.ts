import type { InvokeContext, Logger, Outcome, Strategy, SyncCall, SyncItem, WireValue } from "@syncline/core/spi";

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function item(
  orderId: string,
  body: WireValue = { id: orderId, total: "12.50" },
  more: Partial<SyncItem> = {},
): SyncItem {
  const json = JSON.stringify(body);
  return {
    deliveryId: `delivery-${orderId}`,
    key: { orderId },
    revision: "7",
    version: undefined,
    body,
    json,
    ...more,
  };
}

export function upsert(parts: Partial<SyncCall> = {}): SyncCall {
  return {
    callId: "call-1",
    strategy: "crm-orders",
    category: "order",
    operation: "upsert",
    path: "/orders/{orderId}",
    method: "PUT",
    options: {},
    batched: false,
    items: [item("42")],
    attempt: 1,
    ...parts,
  };
}

export function batch(orderIds: readonly string[], parts: Partial<SyncCall> = {}): SyncCall {
  const items = orderIds.map((orderId) => item(orderId));
  return upsert({ path: "/orders", method: undefined, batched: true, items, ...parts });
}

export function gone(parts: Partial<SyncCall> = {}): SyncCall {
  return upsert({ operation: "delete", items: [item("42", null)], ...parts });
}

/** A context whose signal the test fires; the deadline is far away unless given. */
export function given(deadline = Date.now() + 60_000) {
  const controller = new AbortController();
  const context: InvokeContext = { signal: controller.signal, deadline, trace: {} };
  return { controller, context };
}

/** A context whose deadline comes by itself. */
export function dueIn(ms: number): InvokeContext {
  return { signal: AbortSignal.timeout(ms), deadline: Date.now() + ms, trace: {} };
}

export function failureOf(outcome: Outcome) {
  if (outcome.status !== "failed") throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  return outcome.failure;
}

export function strategy(parts: Partial<Strategy> = {}): Strategy {
  return {
    name: "crm-orders",
    category: { name: "order", fields: { orderId: "bigint" } },
    query: "SELECT 1",
    downstream: "crm",
    path: "/orders/{orderId}",
    method: "PUT",
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
