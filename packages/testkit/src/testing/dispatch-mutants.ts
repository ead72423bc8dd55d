import type { Poller, Route } from "@syncline/core/spi";
import { claimOf } from "../memory/claim.ts";
import type { MemoryStore } from "../memory/store.ts";
import { breathe, never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { afterInsert, breakPoller, type Mutant } from "./mutant.ts";

/** Another way of dispatching. */
function dispatching(broken: (sound: Poller["dispatch"], store: MemoryStore) => Poller["dispatch"]): Breakage {
  return breakPoller((poller, store) => ({ dispatch: broken(poller.dispatch, store) }));
}

const takingMutants: readonly Mutant[] = [
  {
    name: "says busy where there is nothing to dispatch",
    caughtBy: "dispatch of nothing is done, and takes nothing",
    breakage: dispatching((dispatch) => async (...given) => {
      const result = await dispatch(...given);
      return result.taken === 0 ? { ...result, status: "busy" } : result;
    }),
  },
  {
    name: "counts what it folds as inserted",
    caughtBy: "changes of one key fold into one delivery",
    breakage: dispatching((dispatch) => async (...given) => {
      const result = await dispatch(...given);
      return { ...result, inserted: result.inserted + result.folded, folded: 0 };
    }),
  },
  {
    name: "keeps changes that no strategy wants",
    caughtBy: "a change that no strategy wants is taken without a trace",
    breakage: dispatching((dispatch, store) => async (...given) => {
      const before = [...store.changes];
      const result = await dispatch(...given);
      if (store.deliveries.size === 0) for (const [id, change] of before) store.changes.set(id, change);
      return result;
    }),
  },
  {
    name: "deletes the changes before it routes them",
    caughtBy: "routing that throws puts every change back",
    breakage: dispatching((dispatch, store) => (limit, route, signal) => {
      const late: Route = (changes, revision) => {
        for (const { id } of changes) store.changes.delete(BigInt(id));
        return route(changes, revision);
      };
      return dispatch(limit, late, signal);
    }),
  },
  {
    name: "reads the changes without a lock, as another dispatcher does",
    caughtBy: "concurrent dispatchers route each change once, and none is lost",
    breakage: dispatching((dispatch, store) => async (...given) => {
      const seen = [...store.changes];
      await breathe();
      for (const [id, change] of seen) store.changes.set(id, change);
      return dispatch(...given);
    }),
  },
  {
    name: "empties the table of changes when it is done",
    caughtBy: "recording while dispatching loses no change",
    breakage: dispatching((dispatch, store) => async (...given) => {
      const result = await dispatch(...given);
      await breathe();
      store.changes.clear();
      return result;
    }),
  },
  {
    name: "tells routing the revision that it knew first",
    caughtBy: "routing is told the revision of the strategies that the store would load",
    breakage: dispatching((dispatch) => {
      let known: string | undefined;
      return (limit, route, signal) => {
        const outdated: Route = (changes, revision) => {
          known ??= revision;
          return route(changes, known);
        };
        return dispatch(limit, outdated, signal);
      };
    }),
  },
  {
    name: "dispatches although its signal has fired",
    caughtBy: "a dispatch whose signal has fired takes nothing",
    breakage: dispatching((dispatch) => (limit, route) => dispatch(limit, route, never)),
  },
];

const leasingMutants: readonly Mutant[] = [
  {
    name: "mixes up the claims of what it leases",
    caughtBy: "dispatch leases what it inserts where it is asked to, and the claim settles",
    breakage: dispatching((dispatch) => async (...given) => {
      const { claims, ...result } = await dispatch(...given);
      const mixed = claims.map((claim, index) => ({ ...claim, id: claims.at(index - 1)?.id ?? claim.id }));
      return { ...result, claims: mixed };
    }),
  },
  {
    name: "forgets the hint of what it leases",
    caughtBy: "dispatch leases what it inserts where it is asked to, and the claim settles",
    breakage: dispatching((dispatch) => async (...given) => {
      const { claims, ...result } = await dispatch(...given);
      return { ...result, claims: claims.map((claim) => ({ ...claim, operation: "upsert" })) };
    }),
  },
  {
    name: "leases what was there already",
    caughtBy: "dispatch leases only what is new",
    breakage: dispatching((dispatch, store) => async (limit, route, signal) => {
      let token: string | undefined;
      const watched: Route = (changes, revision) => {
        const routing = route(changes, revision);
        token = routing?.deliveries[0]?.lease?.token;
        return routing;
      };
      const result = await dispatch(limit, watched, signal);
      if (token === undefined || result.folded === 0) return result;
      const lease = token;
      return { ...result, claims: [...store.deliveries.values()].map((delivery) => claimOf(delivery, lease)) };
    }),
  },
  {
    name: "leases every change of a key at once",
    caughtBy: "dispatch leases only the lowest of a key, and only while there is no other",
    breakage: afterInsert((delivery, { lease }, store) => {
      if (lease === undefined || delivery.token !== undefined) return undefined;
      delivery.token = lease.token;
      delivery.dueAt = store.now() + lease.durationMs;
      return claimOf(delivery, lease.token);
    }),
  },
  {
    name: "leases although there is a quiet window",
    caughtBy: "a quiet window holds a new delivery back, and is never leased by dispatch",
    breakage: afterInsert((delivery, { lease, debounce }) => {
      if (lease === undefined || debounce === undefined) return undefined;
      delivery.token = lease.token;
      return claimOf(delivery, lease.token);
    }),
  },
  {
    name: "takes a quiet window for a lease",
    caughtBy: "a quiet window ends",
    breakage: afterInsert((delivery, { debounce }) => {
      if (debounce !== undefined) delivery.token = crypto.randomUUID();
      return undefined;
    }),
  },
];

export const dispatchMutants: readonly Mutant[] = [...takingMutants, ...leasingMutants];
