import type { QueryResult } from "@syncline/core/spi";
import type { PlantedBug } from "./faulty-database.ts";

/** Faults that the simulation must find: what each does is what a promise forbids. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a settle that ignores the revision",
    violation: /ends as/,
    poller: (sound, store) => ({
      ...sound,
      settle: (settlements) =>
        sound.settle(
          settlements.map((each) => {
            const now = [...store.deliveries.values()].find(({ id }) => String(id) === each.claim.id);
            return { ...each, claim: { ...each.claim, revision: String(now?.revision ?? each.claim.revision) } };
          }),
        ),
    }),
  },
  {
    name: "a release that forgets the delivery",
    violation: /was told/,
    poller: (sound) => ({
      ...sound,
      settle: (settlements) =>
        sound.settle(
          settlements.map((each) => (each.result === "released" ? { result: "accepted", claim: each.claim } : each)),
        ),
    }),
  },
  {
    name: "a claim of what another worker has leased",
    violation: /two calls at once/,
    poller: (sound, store) => ({
      ...sound,
      claim: (demands, lease, signal) => {
        for (const each of store.deliveries.values())
          if (each.token !== undefined && each.state === "pending") each.dueAt = store.now();
        return sound.claim(demands, lease, signal);
      },
    }),
  },
  {
    name: "a dispatch that deletes a change it did not see",
    violation: /was told/,
    poller: (sound, store) => ({
      ...sound,
      dispatch: (limit, route, signal) => {
        const newest = [...store.changes.keys()].at(-1);
        if (newest !== undefined && store.changes.size > 1) store.changes.delete(newest);
        return sound.dispatch(limit, route, signal);
      },
    }),
  },
  {
    name: "a read that returns what it returned before",
    violation: /ends as/,
    queryRunner: (sound) => {
      const kept = new Map<string, Promise<readonly QueryResult[]>>();
      return {
        run: (statements, limits, signal) => {
          const asked = JSON.stringify(statements);
          const found = kept.get(asked) ?? sound.run(statements, limits, signal);
          kept.set(asked, found);
          return found;
        },
      };
    },
  },
  {
    name: "a claim that takes no heed of order",
    violation: /two calls at once: strict/,
    poller: (sound) => ({
      ...sound,
      claim: (demands, lease, signal) =>
        sound.claim(
          demands.map((each) => ({ ...each, strict: false })),
          lease,
          signal,
        ),
    }),
  },
  {
    name: "a release that is a dead letter",
    violation: /dead letter without a reason/,
    poller: (sound) => ({
      ...sound,
      settle: (settlements) =>
        sound.settle(
          settlements.map((each) =>
            each.result === "released"
              ? {
                  result: "dead",
                  claim: each.claim,
                  failure: { kind: "rejected", code: "x", message: "x", effect: "no" },
                }
              : each,
          ),
        ),
    }),
  },
];
