import type { SyncCall, SyncItem } from "../../contracts/sync-invoker.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { Delivery } from "../lane/delivery.ts";
import { callId } from "./delivery-id.ts";

/** One call with prepared deliveries of one operation. */
export function composeCall(strategy: Strategy, deliveries: readonly Pick<Delivery, "claim" | "prepared">[]): SyncCall {
  const items: SyncItem[] = [];
  let mostAttempts = 0;
  for (const { claim, prepared } of deliveries) {
    if (prepared === undefined) throw new Error("A delivery is sent that was not prepared.");
    items.push(prepared.item);
    mostAttempts = Math.max(mostAttempts, claim.attempts);
  }
  return {
    callId: callId(items.map((item) => item.deliveryId)),
    strategy: strategy.name,
    category: strategy.category.name,
    operation: deliveries[0]?.prepared?.operation ?? "upsert",
    path: strategy.path,
    method: strategy.method,
    options: strategy.options,
    batched: strategy.batch > 1,
    items,
    attempt: 1 + mostAttempts,
  };
}
