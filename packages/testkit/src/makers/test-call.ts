import type { SyncCall, SyncItem } from "@syncline/core/spi";

/** One order's content, for order `"1"`. `json` is the body's, unless it is given. */
export function testItem(overrides: Partial<SyncItem> = {}): SyncItem {
  const { key = { orderId: "1" }, body = { id: "1", total: "12.50" } } = overrides;
  return {
    deliveryId: `delivery-${Object.values(key).join("-")}`,
    key,
    revision: "7",
    version: undefined,
    body,
    json: JSON.stringify(body),
    ...overrides,
  };
}

/** The first attempt of a call of `testStrategy()` with `testItem()`. */
export function testCall(overrides: Partial<SyncCall> = {}): SyncCall {
  return {
    callId: "call-1",
    strategy: "orders",
    category: "order",
    operation: "upsert",
    path: "/orders",
    method: undefined,
    options: {},
    batched: false,
    items: [testItem()],
    attempt: 1,
    ...overrides,
  };
}
