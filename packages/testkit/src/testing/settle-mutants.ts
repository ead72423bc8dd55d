import { SynclineError } from "@syncline/core/spi";
import { deliveryById, placeOf } from "../memory/store.ts";
import { afterInsert, afterSettle, breakPoller, currentToken, type Mutant } from "./mutant.ts";

export const settleMutants: readonly Mutant[] = [
  {
    name: "settle forgets the token",
    caughtBy: "a stale token settles nothing: it is late, and the new holder's work stands",
    breakage: breakPoller((poller, store) => ({
      settle: (settlements) =>
        poller.settle(settlements.map((each) => ({ ...each, claim: currentToken(store, each.claim) }))),
    })),
  },
  {
    name: "settle takes nothing once the lease has lapsed",
    caughtBy: "a lease that lapsed settles as long as nobody else has taken it",
    breakage: breakPoller((poller, store) => ({
      settle: (settlements) =>
        poller.settle(
          settlements.map((each) => {
            const isLapsed = (deliveryById(store, each.claim.id)?.dueAt ?? 0) <= store.now();
            return isLapsed ? { ...each, claim: { ...each.claim, token: "lapsed" } } : each;
          }),
        ),
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
    name: "settle forgets why work was released, so that nothing of it can be hastened",
    caughtBy: "what waits for something else keeps its attempts, and can be hastened",
    breakage: afterSettle((delivery, result) => {
      if (result === "released") delivery.failure = undefined;
    }),
  },
  {
    name: "hastens whatever waits",
    caughtBy: "what waits for something else keeps its attempts, and can be hastened",
    breakage: breakPoller((_, store) => ({
      hasten: async (strategy) => {
        const waiting = [...store.deliveries.values()].filter(
          (each) => each.strategy === strategy && each.token === undefined && each.dueAt > store.now(),
        );
        for (const each of waiting) each.dueAt = store.now();
        return waiting.length;
      },
    })),
  },
  {
    name: "hastens all at once",
    caughtBy: "hastens no more than it was asked to, the next due first",
    breakage: breakPoller((poller) => ({
      hasten: async (strategy, _, signal) => (await poller.hasten?.(strategy, 1_000_000, signal)) ?? 0,
    })),
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
  {
    name: "keeps what was accepted, for the record",
    caughtBy: "an accepted delivery is gone",
    breakage: breakPoller((poller) => ({
      settle: (settlements) =>
        poller.settle(settlements.map(({ claim }) => ({ result: "released", claim, delayMs: 3_600_000 }))),
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
