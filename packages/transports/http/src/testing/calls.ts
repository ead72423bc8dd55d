import type { InvokeContext, Logger, Outcome, Strategy, SyncCall, SyncItem, WireValue } from "@syncline/core/spi";
import { testCall, testItem, testStrategy } from "@syncline/testkit/makers";

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function item(
  orderId: string,
  body: WireValue = { id: orderId, total: "12.50" },
  more: Partial<SyncItem> = {},
): SyncItem {
  return testItem({ key: { orderId }, body, ...more });
}

export function upsert(parts: Partial<SyncCall> = {}): SyncCall {
  return testCall({ strategy: "crm-orders", path: "/orders/{orderId}", method: "PUT", items: [item("42")], ...parts });
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
  return testStrategy({ name: "crm-orders", path: "/orders/{orderId}", method: "PUT", ...parts });
}
