import type { BacklogStore, DatabaseSession, Poller, QueryRunner, RoutedDelivery } from "@syncline/core/spi";
import { deliveryById, type MemoryStore, type StoredDelivery } from "../memory/store.ts";
import type { Breakage } from "./memory-fixture.ts";

/** An adapter that is broken on purpose, and the check that is meant to catch it. */
export interface Mutant {
  readonly name: string;
  readonly caughtBy: string;
  readonly breakage: Breakage;
}

/** Breaks one part of every session. */
function breakPart<Part extends "poller" | "backlog" | "queryRunner">(
  part: Part,
  broken: (sound: DatabaseSession[Part], store: MemoryStore) => Partial<DatabaseSession[Part]>,
): Breakage {
  return (adapter, store) => ({
    ...adapter,
    open: (context) => {
      const session = adapter.open(context);
      return { ...session, [part]: { ...session[part], ...broken(session[part], store) } };
    },
  });
}

export const breakPoller = (broken: (sound: Poller, store: MemoryStore) => Partial<Poller>): Breakage =>
  breakPart("poller", broken);

export const breakBacklog = (broken: (sound: BacklogStore, store: MemoryStore) => Partial<BacklogStore>): Breakage =>
  breakPart("backlog", broken);

export const breakReads = (broken: (sound: QueryRunner, store: MemoryStore) => Partial<QueryRunner>): Breakage =>
  breakPart("queryRunner", broken);

/** Damages the deliveries that a dispatch folded changes into. */
export function afterFold(
  damage: (delivery: StoredDelivery, before: StoredDelivery, store: MemoryStore) => void,
): Breakage {
  return breakPoller((poller, store) => ({
    dispatch: async (limit, route, signal) => {
      const before = new Map([...store.deliveries].map(([place, delivery]) => [place, { ...delivery }]));
      const result = await poller.dispatch(limit, route, signal);
      for (const [place, old] of before) {
        const delivery = store.deliveries.get(place);
        if (delivery !== undefined && delivery.revision !== old.revision) damage(delivery, old, store);
      }
      return result;
    },
  }));
}

/** Changes what routing hands to dispatch. */
export function afterRouting(change: (delivery: RoutedDelivery) => RoutedDelivery | undefined): Breakage {
  return breakPoller((poller) => ({
    dispatch: (limit, route, signal) => {
      const changed: typeof route = (changes, revision) => {
        const routing = route(changes, revision);
        return routing && { ...routing, deliveries: routing.deliveries.flatMap((each) => change(each) ?? []) };
      };
      return poller.dispatch(limit, changed, signal);
    },
  }));
}

/** Settles with whatever token the delivery has now: nobody's lease is fenced. */
export function currentToken<Of extends { readonly id: string; readonly token: string }>(
  store: MemoryStore,
  claim: Of,
): Of {
  return { ...claim, token: deliveryById(store, claim.id)?.token ?? claim.token };
}

/** Damages the deliveries that a settle was about, if they are there still. */
export function afterSettle(damage: (delivery: StoredDelivery, result: string, store: MemoryStore) => void): Breakage {
  return breakPoller((poller, store) => ({
    settle: async (settlements) => {
      const effects = await poller.settle(settlements);
      settlements.forEach(({ claim, result }, index) => {
        const delivery = deliveryById(store, claim.id);
        if (delivery !== undefined && effects[index] !== "late") damage(delivery, result, store);
      });
      return effects;
    },
  }));
}
