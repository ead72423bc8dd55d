import type { Route } from "@syncline/core/spi";
import { claimFrom } from "../memory/delivery-row.ts";
import { afterInsert, dispatching, type Mutant } from "./mutant.ts";

/** What dispatch leases as it inserts it. */
export const dispatchLeaseMutants: readonly Mutant[] = [
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
      return { ...result, claims: [...store.deliveries.values()].map((delivery) => claimFrom(delivery, lease)) };
    }),
  },
  {
    name: "leases every change of a key at once",
    caughtBy: "dispatch leases only the lowest of a key, and only while there is no other",
    breakage: afterInsert((delivery, { lease }, store) => {
      if (lease === undefined || delivery.token !== undefined) return undefined;
      delivery.token = lease.token;
      delivery.dueAt = store.now() + lease.durationMs;
      return claimFrom(delivery, lease.token);
    }),
  },
  {
    name: "leases although there is a quiet window",
    caughtBy: "a quiet window holds a new delivery back, and is never leased by dispatch",
    breakage: afterInsert((delivery, { lease, debounce }) => {
      if (lease === undefined || debounce === undefined) return undefined;
      delivery.token = lease.token;
      return claimFrom(delivery, lease.token);
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
