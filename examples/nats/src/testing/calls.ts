import type { InvokeContext, Strategy, SyncCall, SyncInvoker, WireValue } from "@syncline/core/spi";
import { testCall, testItem, testStrategy } from "@syncline/testkit/makers";
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
): SyncCall {
  const items = keys.map((key) =>
    testItem({ deliveryId: `delivery-${JSON.stringify(key)}`, key, body: body ?? { ...key, total: "12.50" } }),
  );
  return testCall({ strategy: "crm-orders", path: "orders.{orderId}", batched: items.length > 1, items, ...more });
}

export function dueIn(ms: number): InvokeContext {
  return { signal: AbortSignal.timeout(ms), deadline: Date.now() + ms, trace: {} };
}

export function strategyOf(more: Partial<Strategy>): Strategy {
  return testStrategy({
    name: "crm-orders",
    downstream: "broker",
    path: "orders.{orderId}",
    whenAbsent: "delete",
    ...more,
  });
}
