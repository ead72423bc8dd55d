import type { StoredDelivery } from "../memory/delivery-row.ts";
import { claimFrom } from "../memory/delivery-row.ts";
import type { MemoryStore } from "../memory/store.ts";
import { afterInsert, breakBacklog, claimAll, claimWithout, dispatching, type Mutant } from "./mutant.ts";

/** Puts back deliveries that a dispatch has taken away. */
function keepingWhatFolds(
  isKept: (delivery: StoredDelivery, before: readonly StoredDelivery[]) => boolean,
): Mutant["breakage"] {
  return dispatching((dispatch, store) => async (...given) => {
    const before = [...store.deliveries];
    const all = before.map(([, delivery]) => ({ ...delivery }));
    const result = await dispatch(...given);
    for (const [place, delivery] of before)
      if (!store.deliveries.has(place) && isKept(delivery, all)) store.deliveries.set(place, delivery);
    return result;
  });
}

const isLeased = ({ token, dueAt }: StoredDelivery, store: MemoryStore) => token !== undefined && dueAt > store.now();

/** Of what is written both ways: each delivery for its key's latest state, and one for each change. */
export const changedModeMutants: readonly Mutant[] = [
  {
    name: "claims all that was written one by one at once, where the strategy coalesces by now",
    caughtBy: "what was written one by one goes out so, until a change folds: then it is one delivery",
    breakage: claimAll(({ strict }) => !strict),
  },
  {
    name: "lets changes overtake what folds while that is in flight",
    caughtBy: "what folds goes out before what is written one by one after it",
    breakage: claimWithout((delivery, _, store) => delivery.ordinal === 0n && isLeased(delivery, store)),
  },
  {
    name: "puts what folds behind all others of its key, whenever it was written",
    caughtBy: "a claim of either kind keeps the order of revisions, whichever workers run",
    breakage: claimWithout(
      ({ ordinal, key }, all) => ordinal === 0n && all.some((other) => other.key === key && other.ordinal > 0n),
    ),
  },
  {
    name: "leases what folds although an older change of its key waits",
    caughtBy: "dispatch leases nothing of a key that has an older change, waiting or in flight",
    breakage: afterInsert((delivery, { lease }, store) => {
      if (lease === undefined || delivery.token !== undefined) return undefined;
      delivery.token = lease.token;
      delivery.dueAt = store.now() + lease.durationMs;
      return claimFrom(delivery, lease.token);
    }),
  },
  {
    name: "lets changes pass a dead letter",
    caughtBy: "what folds revives an older change that is dead, and takes along what it stopped",
    breakage: claimWithout(({ state }) => state === "dead"),
  },
  {
    name: "folds, and leaves what was written one by one behind it",
    caughtBy: "a claim of either kind keeps the order of revisions, whichever workers run",
    breakage: keepingWhatFolds((delivery) => delivery.state === "pending"),
  },
  {
    name: "folds into a dead letter, and leaves what that stopped",
    caughtBy: "what folds revives an older change that is dead, and takes along what it stopped",
    breakage: keepingWhatFolds(({ key }, before) => before.some((each) => each.key === key && each.state === "dead")),
  },
  {
    name: "lets changes pass what is held",
    caughtBy: "what folds does not release an older change that is held",
    breakage: claimWithout(({ state }) => state === "held"),
  },
  {
    name: "counts what waits behind a held change as due",
    caughtBy: "what folds does not release an older change that is held",
    breakage: breakBacklog((backlog) => ({
      status: async (signal) => {
        const { strategies, ...rest } = await backlog.status(signal);
        const miscounted = strategies.map((each) => ({ ...each, due: each.due + each.blocked, blocked: 0 }));
        return { ...rest, strategies: miscounted };
      },
    })),
  },
  {
    name: "holds a key back only until one of its deliveries is claimed",
    caughtBy: "many claimers of either kind never hold two deliveries of one key, and see its revisions grow",
    breakage: claimWithout((delivery, _, store) => isLeased(delivery, store)),
  },
];
