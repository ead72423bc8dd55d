import type { Strategy, SyncCall, SyncItem, WireValue } from "@syncline/core/spi";
import { testCall, testItem } from "../makers/test-call.ts";
import { testStrategy } from "../makers/test-strategy.ts";
import type { StrategyParts } from "./fixture.ts";

export function orderItem(orderId: string, body: WireValue, revision = "7"): SyncItem {
  return testItem({ deliveryId: `delivery-${orderId}-${revision}`, key: { orderId }, revision, body });
}

/** A call that nobody can change. */
export function callOf(parts: StrategyParts, items: readonly SyncItem[], more: Partial<SyncCall> = {}): SyncCall {
  const callId = `call-${items.map((item) => item.deliveryId).join("-")}`;
  const call = testCall({ callId, strategy: "conformance-orders", ...parts, items, ...more });
  return deepFreeze(structuredClone(call));
}

/** The strategy that such calls are made for. */
export function strategyOf(parts: StrategyParts, batch: number): Strategy {
  return testStrategy({ name: "conformance-orders", downstream: "conformance", batch, ...parts });
}

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
