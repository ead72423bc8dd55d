import { never } from "../suite/expectations.ts";
import { afterInsert, afterRouting, breakPoller, claimAll, claimWithout, type Mutant } from "./mutant.ts";

const leaseMutants: readonly Mutant[] = [
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
  {
    name: "claim gives more than was asked for",
    caughtBy: "claim gives each demand no more than its count",
    breakage: breakPoller((poller) => ({
      claim: (demands, lease, signal) =>
        poller.claim(
          demands.map((demand) => ({ ...demand, count: demand.count + 1 })),
          lease,
          signal,
        ),
    })),
  },
  {
    name: "claim reads first and leases later, and gives one delivery to two workers",
    caughtBy: "many concurrent claimers never get the same delivery, nor more than they asked for",
    breakage: breakPoller((poller, store) => ({
      claim: async (demands, lease, signal) => {
        const seen = new Map([...store.deliveries].map(([place, delivery]) => [place, { ...delivery }]));
        await Promise.resolve();
        for (const [place, delivery] of seen) if (store.deliveries.has(place)) store.deliveries.set(place, delivery);
        return poller.claim(demands, lease, signal);
      },
    })),
  },
  {
    name: "claim ignores that a strategy is paused",
    caughtBy: "a paused strategy yields no claim until it is resumed, and goes on folding",
    breakage: breakPoller((poller, store) => ({
      claim: async (demands, lease, signal) => {
        const paused = [...store.paused];
        store.paused.clear();
        const claims = await poller.claim(demands, lease, signal);
        for (const strategy of paused) store.paused.add(strategy);
        return claims;
      },
    })),
  },
  {
    name: "claim does not count a lapsed lease",
    caughtBy: "a lease that lapsed is claimed again, says so, and counts as an attempt",
    breakage: breakPoller((poller, store) => ({
      claim: (demands, lease, signal) => {
        for (const delivery of store.deliveries.values()) if (delivery.dueAt <= store.now()) delivery.token = undefined;
        return poller.claim(demands, lease, signal);
      },
    })),
  },
  {
    name: "claim does not tell of a lapsed lease",
    caughtBy: "a lease that lapsed is claimed again, says so, and counts as an attempt",
    breakage: breakPoller((poller) => ({
      claim: async (...given) => (await poller.claim(...given)).map((claim) => ({ ...claim, lapsed: false })),
    })),
  },
  {
    name: "claim takes every retry for a lapsed lease",
    caughtBy: "a delivery that was put back in time is claimed as one that nobody left behind",
    breakage: breakPoller((poller) => ({
      claim: async (...given) =>
        (await poller.claim(...given)).map((claim) => ({ ...claim, lapsed: claim.attempts > 0 })),
    })),
  },
  {
    name: "leases go by the worker's clock",
    caughtBy: "leases go by the database's clock, whatever the worker's says",
    breakage: (adapter, store) => {
      store.now = () => Date.now();
      return adapter;
    },
  },
  {
    name: "renew says held of a lease that was lost",
    caughtBy: "renew does not name a lease that was lost",
    breakage: breakPoller(() => ({ renew: async (claims) => claims.map(({ id }) => id) })),
  },
  {
    name: "renew ends the lease",
    caughtBy: "renew extends the leases that are held, and names them",
    breakage: breakPoller((poller) => ({ renew: (claims) => poller.renew(claims, 0) })),
  },
];

const strictMutants: readonly Mutant[] = [
  {
    name: "claims every key that has changes one by one",
    caughtBy: "a claim of such changes heeds its count and a pause, oldest due first",
    breakage: breakPoller((poller) => ({
      claim: (demands, lease, signal) =>
        poller.claim(
          demands.map((demand) => (demand.strict ? { ...demand, count: 1_000 } : demand)),
          lease,
          signal,
        ),
    })),
  },
  {
    name: "holds a key back only until its oldest change is claimed",
    caughtBy: "many concurrent claimers never hold two changes of one key, and deliver them in order",
    breakage: claimWithout(({ token, dueAt }, _, store) => token !== undefined && dueAt > store.now()),
  },
  {
    name: "claim does not keep a key's order",
    caughtBy: "only a key's oldest undelivered change is claimed, one after the other",
    breakage: claimAll(({ strict }) => strict),
  },
  {
    name: "a dead letter does not stop its key",
    caughtBy: "a dead letter stops its key until a person has requeued or discarded it",
    breakage: breakPoller((poller, store) => ({
      claim: async (demands, lease, signal) => {
        const buried = [...store.deliveries].filter(([, { state }]) => state !== "pending");
        for (const [place] of buried) store.deliveries.delete(place);
        const claims = await poller.claim(demands, lease, signal);
        for (const [place, delivery] of buried) store.deliveries.set(place, delivery);
        return claims;
      },
    })),
  },
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
    name: "puts changes in the order of their ids, whenever they were committed",
    caughtBy: "an older change that was committed late goes out after what was dispatched before it",
    breakage: afterInsert((delivery, { ordinal }) => {
      (delivery as { ordinal: bigint }).ordinal = BigInt(ordinal);
      return undefined;
    }),
  },
];

export const claimMutants: readonly Mutant[] = [...leaseMutants, ...strictMutants];
