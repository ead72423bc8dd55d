import type { InvokeContext, Logger, Outcome, Strategy, SyncCall, SyncItem, WireValue } from "@syncline/core/spi";
import { testCall, testItem, testStrategy } from "@syncline/testkit/makers";

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function itemOf(body: WireValue, index = 0): SyncItem {
  return testItem({ key: { orderId: String(index) }, body });
}

export function callOf(bodies: readonly WireValue[], parts: Partial<SyncCall> = {}): SyncCall {
  return testCall({ strategy: "crm-orders", path: "Inbox.Soap11.Put", items: bodies.map(itemOf), ...parts });
}

export function patient(): InvokeContext {
  return { signal: new AbortController().signal, deadline: Date.now() + 20_000, trace: {} };
}

export function failureOf(outcome: Outcome) {
  if (outcome.status !== "failed") throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  return outcome.failure;
}

export function strategyOf(parts: Partial<Strategy> = {}): Strategy {
  return testStrategy({ name: "crm-orders", path: "Inbox.Soap11.Put", ...parts });
}
