import { afterInsert, type Mutant } from "./mutant.ts";

export const revisionMutants: readonly Mutant[] = [
  {
    name: "draws revisions downwards",
    caughtBy: "a later dispatch draws higher revisions, each delivery one of its own",
    breakage: afterInsert((delivery, _routed, store) => {
      delivery.revision = 2n * 10n ** 15n - store.lastRevision;
      return undefined;
    }),
  },
  {
    name: "draws one revision for a dispatch",
    caughtBy: "a later dispatch draws higher revisions, each delivery one of its own",
    breakage: afterInsert((delivery, _routed, store) => {
      delivery.revision = store.lastRevision;
      return undefined;
    }),
  },
  {
    name: "draws revisions from a clock of nanoseconds",
    caughtBy: "a revision is a number that JavaScript holds",
    breakage: (adapter, store) => {
      const { revisionClock } = store;
      store.revisionClock = () => 1_000n * revisionClock();
      return adapter;
    },
  },
  {
    name: "begins at one where the tables are new",
    caughtBy: "tables that are made anew draw revisions above those of the earlier ones",
    breakage: (adapter, store) => {
      store.revisionClock = () => 0n;
      return adapter;
    },
  },
];
