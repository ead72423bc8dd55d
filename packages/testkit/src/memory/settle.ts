import type { Claim, Poller, SettleEffect, Settlement } from "@syncline/core/spi";
import type { StoredDelivery } from "./delivery-row.ts";
import { operate } from "./guard.ts";
import { deliveryById, type MemoryStore, placeOf } from "./store.ts";

export function renewOn(store: MemoryStore): Poller["renew"] {
  return (claims, durationMs) =>
    operate(store, undefined, () => {
      const held = claims.flatMap((claim) => heldBy(store, claim) ?? []);
      for (const delivery of held) delivery.dueAt = store.now() + durationMs;
      return held.map(({ id }) => String(id));
    });
}

export function settleOn(store: MemoryStore): Poller["settle"] {
  return (settlements) =>
    operate(store, undefined, () => settlements.map((settlement) => settleOne(store, settlement)));
}

export function hastenOn(store: MemoryStore): NonNullable<Poller["hasten"]> {
  return (strategy, limit, signal) =>
    operate(store, signal, () => {
      const waiting = [...store.deliveries.values()].filter(
        (each) =>
          each.strategy === strategy &&
          each.state === "pending" &&
          each.token === undefined &&
          each.failure?.kind === "dependency" &&
          each.dueAt > store.now(),
      );
      const chosen = waiting.sort((one, other) => one.dueAt - other.dueAt).slice(0, limit);
      for (const delivery of chosen) delivery.dueAt = store.now();
      return chosen.length;
    });
}

/** The delivery, if the claim's token is still its token. A lease that lapsed is held until somebody else claims it. */
function heldBy(store: MemoryStore, { id, token }: Claim): StoredDelivery | undefined {
  const delivery = deliveryById(store, id);
  return delivery?.token === token ? delivery : undefined;
}

function settleOne(store: MemoryStore, settlement: Settlement): SettleEffect {
  const delivery = heldBy(store, settlement.claim);
  if (delivery === undefined) return "late";
  const isNewest = String(delivery.revision) === settlement.claim.revision;
  if (settlement.result === "accepted" && isNewest) {
    store.deliveries.delete(placeOf(delivery));
    return "applied";
  }
  delivery.token = undefined;
  delivery.debounced = false;
  if ((settlement.result === "accepted" || settlement.result === "dead") && !isNewest) {
    startAfresh(store, delivery, settlement.result);
    return "again";
  }
  putBack(store, delivery, settlement);
  return "applied";
}

/** Newer changes had come while it was in flight. */
function startAfresh(store: MemoryStore, delivery: StoredDelivery, result: "accepted" | "dead"): void {
  delivery.dueAt = store.now();
  // What was refused was not delivered: it waits as long as before.
  if (result === "accepted") delivery.firstRecordedAt = delivery.dueAt;
  delivery.attempts = 0;
  delivery.failure = undefined;
}

function putBack(store: MemoryStore, delivery: StoredDelivery, settlement: Settlement): void {
  delivery.dueAt = store.now() + ("delayMs" in settlement ? settlement.delayMs : 0);
  if (!("failure" in settlement) || settlement.failure === undefined) return;
  const { kind, code, message } = settlement.failure;
  delivery.failure = { kind, code, message };
  if (settlement.result === "released") return;
  delivery.attempts += 1;
  if (settlement.result === "retry") return;
  delivery.state = settlement.result;
  delivery.diedAt = store.now();
}
