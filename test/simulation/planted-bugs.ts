import type { QueryResult } from "@syncline/core/spi";
import type { PlantedBug } from "./faulty-database.ts";

/** Faults that the simulation must find: what each does is what a promise forbids. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a settle that ignores the revision",
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
];
