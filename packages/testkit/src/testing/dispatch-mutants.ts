import type { Route } from "@syncline/core/spi";
import { sortedById } from "../memory/store.ts";
import { breathe, never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakPoller, dispatching, type Mutant } from "./mutant.ts";

/** What waits for the dispatches that are under way. */
function waiting(whoWaits: "dispatch" | "record"): Breakage {
  return (adapter) => {
    let last: Promise<unknown> = Promise.resolve();
    const isOver = async () => {
      await breathe();
      await last;
    };
    return {
      ...adapter,
      recorder: {
        record: async (...given) => {
          if (whoWaits === "record") await isOver();
          return adapter.recorder.record(...given);
        },
      },
      open: (context) => {
        const session = adapter.open(context);
        const dispatch: typeof session.poller.dispatch = async (...given) => {
          const before = last;
          let end = () => {};
          last = new Promise<void>((resolve) => {
            end = resolve;
          });
          try {
            if (whoWaits === "dispatch") await before;
            const result = await session.poller.dispatch(...given);
            await breathe();
            return result;
          } finally {
            breathe().then(breathe).then(end);
          }
        };
        return { ...session, poller: { ...session.poller, dispatch } };
      },
    };
  };
}

export const dispatchMutants: readonly Mutant[] = [
  {
    name: "a dispatch waits for another",
    caughtBy: "a dispatch beside another says at once that it is busy",
    breakage: waiting("dispatch"),
  },
  {
    name: "who records waits for a dispatch",
    caughtBy: "who records waits for no dispatch",
    breakage: waiting("record"),
  },
  {
    name: "dispatch ignores its limit",
    caughtBy: "dispatch takes no more changes than its limit, and exactly those are gone",
    breakage: breakPoller((poller) => ({
      dispatch: (_limit, route, signal) => poller.dispatch(10_000, route, signal),
    })),
  },
  {
    name: "dispatch takes the newest changes first",
    caughtBy: "dispatch takes the oldest changes first",
    breakage: breakPoller((poller, store) => ({
      dispatch: async (limit, route, signal) => {
        const kept = sortedById(store.changes).slice(0, -limit);
        for (const [id] of kept) store.changes.delete(id);
        const result = await poller.dispatch(limit, route, signal);
        for (const [id, change] of kept) store.changes.set(id, change);
        return result;
      },
    })),
  },
  {
    name: "dispatch folds across strategies",
    caughtBy: "each strategy has its own delivery of a key",
    breakage: breakPoller((poller) => ({
      dispatch: (limit, route, signal) => {
        const mixed: typeof route = (changes, revision) => {
          const routing = route(changes, revision);
          const byKey = new Map((routing?.deliveries ?? []).map((each) => [`${each.ordinal} ${each.key}`, each]));
          return routing && { ...routing, deliveries: [...byKey.values()] };
        };
        return poller.dispatch(limit, mixed, signal);
      },
    })),
  },
  {
    name: "dispatch drops refused changes",
    caughtBy: "refused changes are kept apart, counted, and put back by their category",
    breakage: breakPoller((poller, store) => ({
      dispatch: async (limit, route, signal) => {
        const result = await poller.dispatch(limit, route, signal);
        store.refused.clear();
        return result;
      },
    })),
  },
  {
    name: "dispatch deletes the changes although the strategies are stale",
    caughtBy: "stale strategies put every change back",
    breakage: breakPoller((poller, store) => ({
      dispatch: async (limit, route, signal) => {
        const result = await poller.dispatch(limit, route, signal);
        if (result.status === "stale") store.changes.clear();
        return result;
      },
    })),
  },
  {
    name: "dispatch deletes changes by a cursor over ids, and so those that commit late",
    caughtBy: "a change that is not committed yet is not dispatched, and nobody waits for it",
    breakage: breakPoller((poller, store) => {
      let cursor = 0n;
      return {
        dispatch: async (limit, route, signal) => {
          for (const id of [...store.changes.keys()]) if (id <= cursor) store.changes.delete(id);
          const ids = [...store.changes.keys()];
          const result = await poller.dispatch(limit, route, signal);
          cursor = ids.reduce((last, id) => (id > last ? id : last), cursor);
          return result;
        },
      };
    }),
  },
  {
    name: "says busy where there is nothing to dispatch",
    caughtBy: "dispatch of nothing is done, and takes nothing",
    breakage: dispatching((dispatch) => async (...given) => {
      const result = await dispatch(...given);
      return result.taken === 0 ? { ...result, status: "busy" } : result;
    }),
  },
  {
    name: "compares strategies' names without case",
    caughtBy: "strategies whose names differ in case alone are different strategies",
    breakage: dispatching((dispatch) => (limit, route, signal) => {
      const lower: Route = (changes, revision) => {
        const routing = route(changes, revision);
        const places = new Map(routing?.deliveries.map((each) => [`${each.strategy.toLowerCase()} ${each.key}`, each]));
        return routing && { ...routing, deliveries: [...places.values()] };
      };
      return dispatch(limit, lower, signal);
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
