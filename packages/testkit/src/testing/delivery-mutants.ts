import { never } from "../suite/expectations.ts";
import { afterFold, afterInsert, afterRouting, afterSettle, breakPoller, claimWithout, type Mutant } from "./mutant.ts";

const hourMs = 3_600_000;

const claimingMutants: readonly Mutant[] = [
  {
    name: "claims the newest first",
    caughtBy: "claim leases what is due, oldest due first",
    breakage: claimWithout((delivery, all) =>
      all.some((other) => other.token === undefined && other.dueAt > delivery.dueAt),
    ),
  },
  {
    name: "claims without the hint",
    caughtBy: "a claim carries what the delivery holds, and the lease's token",
    breakage: breakPoller((poller) => ({
      claim: async (...given) => (await poller.claim(...given)).map((claim) => ({ ...claim, operation: "upsert" })),
    })),
  },
  {
    name: "gives leases that do not hold",
    caughtBy: "what is leased is not given to anybody else",
    breakage: breakPoller((poller) => ({
      claim: (demands, lease, signal) => poller.claim(demands, { ...lease, durationMs: 0 }, signal),
    })),
  },
  {
    name: "claims although its signal has fired",
    caughtBy: "a claim whose signal has fired leases nothing",
    breakage: breakPoller((poller) => ({ claim: (demands, lease) => poller.claim(demands, lease, never) })),
  },
];

const settlingMutants: readonly Mutant[] = [
  {
    name: "keeps what was accepted, for the record",
    caughtBy: "an accepted delivery is gone",
    breakage: breakPoller((poller) => ({
      settle: (settlements) =>
        poller.settle(settlements.map(({ claim }) => ({ result: "released", claim, delayMs: hourMs }))),
    })),
  },
  {
    name: "takes the newest change's id for the revision",
    caughtBy: "the revision grows with every fold, also if the change was recorded before what is in flight",
    breakage: breakPoller((poller, store) => ({
      dispatch: async (limit, route, signal) => {
        let newest = 0n;
        const watched: typeof route = (changes, revision) => {
          for (const { id } of changes) if (BigInt(id) > newest) newest = BigInt(id);
          return route(changes, revision);
        };
        const before = new Map([...store.deliveries].map(([place, { revision }]) => [place, revision]));
        const result = await poller.dispatch(limit, watched, signal);
        for (const [place, delivery] of store.deliveries) {
          const old = before.get(place) ?? 0n;
          if (delivery.revision !== old) delivery.revision = newest > old ? newest : old;
        }
        return result;
      },
    })),
  },
  {
    name: "counts revisions anew for each delivery",
    caughtBy: "the revision of a key grows although its delivery was settled in between",
    breakage: afterInsert((delivery) => {
      delivery.revision = 1n;
      return undefined;
    }),
  },
  {
    name: "keeps the attempts of what was accepted while newer changes came",
    caughtBy: "accepted with newer changes, a delivery starts afresh",
    breakage: afterSettle((delivery, result, _, claim) => {
      if (result === "accepted") delivery.attempts = claim.attempts;
    }),
  },
  {
    name: "keeps the time of what was accepted while newer changes came",
    caughtBy: "accepted with newer changes, a delivery starts afresh",
    breakage: afterSettle((delivery, result, _, claim) => {
      if (result === "accepted") delivery.firstRecordedAt = claim.firstRecordedAt;
    }),
  },
  {
    name: "leaves the token when it puts back",
    caughtBy: "what was released, retried or buried cannot be settled again with its old token",
    breakage: afterSettle((delivery, _result, _store, claim) => {
      delivery.token = claim.token;
    }),
  },
  {
    name: "renews no more leases than a statement takes parameters",
    caughtBy: "two thousand deliveries are leased, renewed and settled in one go each",
    breakage: breakPoller((poller) => ({
      renew: (claims, durationMs) => poller.renew(claims.slice(0, 1_000), durationMs),
    })),
  },
  {
    name: "draws the revision anew with every attempt",
    caughtBy: "a key keeps its delivery's identity over attempts",
    breakage: afterSettle((delivery, result, store) => {
      store.lastRevision += 1n;
      if (result === "retry") delivery.revision = store.lastRevision;
    }),
  },
  {
    name: "makes held work due again where newer changes had come",
    caughtBy: "what is held although newer changes had come is held all the same",
    breakage: afterSettle((delivery, result, store, claim) => {
      if (result !== "held" || String(delivery.revision) === claim.revision) return;
      delivery.state = "pending";
      delivery.dueAt = store.now();
    }),
  },
];

const strictMutants: readonly Mutant[] = [
  {
    name: "folds changes that are to go out one by one",
    caughtBy: "each change is a delivery of its own",
    breakage: afterRouting((delivery) => ({ ...delivery, ordinal: "0" })),
  },
  {
    name: "overlooks what waits for its retry",
    caughtBy: "a change that waits for its retry holds its key back, and no other",
    breakage: claimWithout(({ token, dueAt }, _, store) => token === undefined && dueAt > store.now()),
  },
  {
    name: "revives a dead letter whose key has a new change, though each goes out alone",
    caughtBy: "a new change does not revive a dead one",
    breakage: afterInsert(({ key }, _, store) => {
      for (const other of store.deliveries.values()) if (other.key === key) other.state = "pending";
      return undefined;
    }),
  },
  {
    name: "takes a lapsed lease for the end of a delivery",
    caughtBy: "a lapsed lease is claimed again before what came later",
    breakage: claimWithout(({ token, dueAt }, _, store) => token !== undefined && dueAt <= store.now()),
  },
  {
    name: "looks at older changes of a key only",
    caughtBy: "an older change that was committed late waits while a later one is in flight",
    breakage: claimWithout(
      (delivery, all) =>
        delivery.token !== undefined &&
        all.some(({ key, ordinal }) => key === delivery.key && ordinal < delivery.ordinal),
    ),
  },
];

const quietWindowMutants: readonly Mutant[] = [
  {
    name: "a quiet window holds back what is due already",
    caughtBy: "a change with a quiet window does not hold back what is due already",
    breakage: afterFold((delivery, before, store) => {
      if (before.dueAt <= store.now()) delivery.dueAt = store.now() + hourMs;
    }),
  },
];

export const deliveryMutants: readonly Mutant[] = [
  ...claimingMutants,
  ...settlingMutants,
  ...strictMutants,
  ...quietWindowMutants,
];
