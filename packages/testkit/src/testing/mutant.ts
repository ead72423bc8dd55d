import {
  type BacklogStore,
  type Claim,
  type DatabaseSession,
  type Demand,
  isSynclineError,
  type Poller,
  type QueryRunner,
  type RoutedDelivery,
  type SqlDialect,
  type SynclineError,
} from "@syncline/core/spi";
import type { DatabaseFixture } from "../database/fixture.ts";
import type { StoredDelivery } from "../memory/delivery-row.ts";
import { deliveryById, type MemoryStore, placeOf } from "../memory/store.ts";
import type { MemoryTransaction } from "../memory/transaction.ts";
import type { Breakage } from "./memory-fixture.ts";

/** An adapter that is broken on purpose, and the check that is meant to catch it. */
export interface Mutant {
  readonly name: string;
  readonly caughtBy: string;
  readonly breakage: Breakage;
  /** The database that is broken, where the check needs more than the memory database can. */
  readonly on?: (breakage?: Breakage) => DatabaseFixture<MemoryTransaction>;
}

/** Breaks every session as a whole. */
export function breakSession(
  broken: (sound: DatabaseSession, store: MemoryStore) => Partial<DatabaseSession>,
): Breakage {
  return (adapter, store) => ({
    ...adapter,
    open: (context) => {
      const session = adapter.open(context);
      return { ...session, ...broken(session, store) };
    },
  });
}

/** Breaks one part of every session. */
function breakPart<Part extends "poller" | "backlog" | "queryRunner">(
  part: Part,
  broken: (sound: DatabaseSession[Part], store: MemoryStore) => Partial<DatabaseSession[Part]>,
): Breakage {
  return breakSession((session, store) => ({ [part]: { ...session[part], ...broken(session[part], store) } }));
}

export const breakPoller = (broken: (sound: Poller, store: MemoryStore) => Partial<Poller>): Breakage =>
  breakPart("poller", broken);

export const breakBacklog = (broken: (sound: BacklogStore, store: MemoryStore) => Partial<BacklogStore>): Breakage =>
  breakPart("backlog", broken);

export const breakReads = (broken: (sound: QueryRunner, store: MemoryStore) => Partial<QueryRunner>): Breakage =>
  breakPart("queryRunner", broken);

export const breakDialect =
  (broken: (sound: SqlDialect) => Partial<SqlDialect>): Breakage =>
  (adapter) => ({ ...adapter, dialect: { ...adapter.dialect, ...broken(adapter.dialect) } });

/** Another way of dispatching. */
export function dispatching(broken: (sound: Poller["dispatch"], store: MemoryStore) => Poller["dispatch"]): Breakage {
  return breakPoller((poller, store) => ({ dispatch: broken(poller.dispatch, store) }));
}

/** Fails in another way where a read fails. */
export function failingReads(alter: (error: SynclineError) => SynclineError): Breakage {
  return breakReads(({ run }) => ({
    run: (...given) =>
      run(...given).catch((error: unknown) => {
        throw isSynclineError(error) ? alter(error) : error;
      }),
  }));
}

/** Damages what a dispatch inserted. `routed` is what routing asked for. */
export function afterInsert(
  damage: (delivery: StoredDelivery, routed: RoutedDelivery, store: MemoryStore) => Claim | undefined,
): Breakage {
  return breakPoller((poller, store) => ({
    dispatch: async (limit, route, signal) => {
      const before = new Set(store.deliveries.keys());
      const routed: RoutedDelivery[] = [];
      const watched: typeof route = (changes, revision) => {
        const routing = route(changes, revision);
        routed.push(...(routing?.deliveries ?? []));
        return routing;
      };
      const result = await poller.dispatch(limit, watched, signal);
      const fresh = [...store.deliveries].filter(([place]) => !before.has(place));
      const claims = fresh.flatMap(([, delivery]) => {
        const position = routed.findIndex(
          ({ strategy, key, ordinal }) =>
            strategy === delivery.strategy && key === delivery.key && (ordinal === "0") === (delivery.ordinal === 0n),
        );
        const [each] = position < 0 ? [] : routed.splice(position, 1);
        return each === undefined ? [] : (damage(delivery, each, store) ?? []);
      });
      return { ...result, claims: [...result.claims, ...claims] };
    },
  }));
}

/** Claims as if some deliveries were not there. */
export function claimWithout(
  isHidden: (delivery: StoredDelivery, all: readonly StoredDelivery[], store: MemoryStore) => boolean,
): Breakage {
  return breakPoller((poller, store) => ({
    claim: async (demands, lease, signal) => {
      const all = [...store.deliveries.values()];
      const hidden = all.filter((delivery) => isHidden(delivery, all, store));
      for (const delivery of hidden) store.deliveries.delete(placeOf(delivery));
      const claims = await poller.claim(demands, lease, signal);
      for (const delivery of hidden) store.deliveries.set(placeOf(delivery), delivery);
      return claims;
    },
  }));
}

/**
 * Claims, and claims again as if what is leased were not there: no delivery waits for another one
 * of its key.
 */
export function claimAll(isMeant: (demand: Demand) => boolean): Breakage {
  return breakPoller((poller, store) => ({
    claim: async (demands, lease, signal) => {
      const claims = [...(await poller.claim(demands, lease, signal))];
      const meant = demands.filter(isMeant);
      const hidden: StoredDelivery[] = [];
      for (let more = meant.length; more > 0; ) {
        for (const delivery of store.deliveries.values()) if (delivery.token === lease.token) hidden.push(delivery);
        for (const delivery of hidden) store.deliveries.delete(placeOf(delivery));
        const next = await poller.claim(meant, lease, signal);
        claims.push(...next);
        more = next.length;
      }
      for (const delivery of hidden) store.deliveries.set(placeOf(delivery), delivery);
      return claims;
    },
  }));
}

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
export function afterSettle(
  damage: (delivery: StoredDelivery, result: string, store: MemoryStore, claim: Claim) => void,
): Breakage {
  return breakPoller((poller, store) => ({
    settle: async (settlements) => {
      const effects = await poller.settle(settlements);
      settlements.forEach(({ claim, result }, index) => {
        const delivery = deliveryById(store, claim.id);
        if (delivery !== undefined && effects[index] !== "late") damage(delivery, result, store, claim);
      });
      return effects;
    },
  }));
}
