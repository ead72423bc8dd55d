import { SynclineError } from "@syncline/core/spi";
import { deliveryById, placeOf } from "../memory/store.ts";
import { afterSettle, breakPoller, currentToken, type Mutant } from "./mutant.ts";

const leaseMutants: readonly Mutant[] = [
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
    caughtBy: "a lease that lapsed is claimed again, and counts as an attempt",
    breakage: breakPoller((poller, store) => ({
      claim: (demands, lease, signal) => {
        for (const delivery of store.deliveries.values()) if (delivery.dueAt <= store.now()) delivery.token = undefined;
        return poller.claim(demands, lease, signal);
      },
    })),
  },
  {
    name: "claim does not keep a key's order",
    caughtBy: "only a key's oldest undelivered change is claimed, one after the other",
    breakage: breakPoller((poller) => ({
      claim: (demands, lease, signal) =>
        poller.claim(
          demands.map((demand) => ({ ...demand, strict: false })),
          lease,
          signal,
        ),
    })),
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

const settleMutants: readonly Mutant[] = [
  {
    name: "settle forgets the token",
    caughtBy: "a stale token settles nothing: it is late, and the new holder's work stands",
    breakage: breakPoller((poller, store) => ({
      settle: (settlements) =>
        poller.settle(settlements.map((each) => ({ ...each, claim: currentToken(store, each.claim) }))),
    })),
  },
  {
    name: "settle deletes whatever the revision is",
    caughtBy: "a change during the flight survives the settle: the delivery is due again at once",
    breakage: afterSettle((delivery, result, store) => {
      if (result === "accepted") store.deliveries.delete(placeOf(delivery));
    }),
  },
  {
    name: "settle buries a delivery although newer changes had come",
    caughtBy: "what is refused although newer changes had come is due again instead of dead",
    breakage: afterSettle((delivery, result) => {
      if (result === "dead") delivery.state = "dead";
    }),
  },
  {
    name: "settle counts released work as an attempt",
    caughtBy: "released work is put back without a mark against it",
    breakage: afterSettle((delivery, result) => {
      if (result === "released") delivery.attempts += 1;
    }),
  },
  {
    name: "settle ignores the back-off",
    caughtBy: "a failed attempt counts, and waits for its back-off",
    breakage: afterSettle((delivery, result, store) => {
      if (result === "retry") delivery.dueAt = store.now();
    }),
  },
  {
    name: "settle gives up a whole batch for one late settlement",
    caughtBy: "each settlement of a batch has its own effect, in the order given",
    breakage: breakPoller((poller, store) => ({
      settle: async (settlements) => {
        const isLate = settlements.some(({ claim }) => deliveryById(store, claim.id)?.token !== claim.token);
        return isLate ? settlements.map(() => "late") : poller.settle(settlements);
      },
    })),
  },
  {
    name: "settle throws when a lease was lost",
    caughtBy: "settling twice is late the second time",
    breakage: breakPoller((poller) => ({
      settle: async (settlements) => {
        const effects = await poller.settle(settlements);
        if (effects.includes("late")) throw new SynclineError("database.failed", "No row was changed.");
        return effects;
      },
    })),
  },
];

export const claimMutants: readonly Mutant[] = [...leaseMutants, ...settleMutants];
