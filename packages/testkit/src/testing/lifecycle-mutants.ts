import { SynclineError } from "@syncline/core/spi";
import type { DatabaseFixture } from "../database/fixture.ts";
import { memoryDatabase } from "../memory/memory-database.ts";
import type { MemoryTransaction } from "../memory/transaction.ts";
import { breathe } from "../suite/expectations.ts";
import { type Breakage, memoryFixture, quietContext } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

/** With another database beside it, whose tables are those of an earlier version: none. */
function withEarlierSchema(breakage: Breakage = (adapter) => adapter): DatabaseFixture<MemoryTransaction> {
  const { store, ...earlier } = memoryDatabase();
  return {
    ...memoryFixture(breakage),
    earlierSchemas: async () => [{ name: "version 0", session: breakage(earlier, store).open(quietContext) }],
  };
}

export const lifecycleMutants: readonly Mutant[] = [
  {
    name: "declares a wake-up that it has not",
    caughtBy: "an adapter says what it is",
    breakage: (adapter) => ({ ...adapter, capabilities: { ...adapter.capabilities, changeSignal: true } }),
  },
  {
    name: "declares less than it can",
    caughtBy: "the suite is told of each capability that the adapter declares, and of no other",
    breakage: (adapter) => ({ ...adapter, capabilities: { ...adapter.capabilities, snapshotReads: false } }),
  },
  {
    name: "finds nothing to claim where there are no tables",
    caughtBy: "without tables the schema's check says what to do, and every operation says so",
    breakage: breakSession(({ poller }, store) => ({
      poller: { ...poller, claim: async (...given) => (store.migrated ? poller.claim(...given) : []) },
    })),
  },
  {
    name: "settles where there are no tables",
    caughtBy: "without tables the schema's check says what to do, and every operation says so",
    breakage: breakSession(({ poller }, store) => ({
      poller: {
        ...poller,
        settle: async (given) => (store.migrated ? poller.settle(given) : given.map(() => "late")),
      },
    })),
  },
  {
    name: "reports every migration again",
    caughtBy: "migrating names what it applied, and migrating again does nothing",
    breakage: breakSession(({ migrate }) => ({
      migrate: async (signal) => {
        await migrate(signal);
        return { applied: ["0001-tables"] };
      },
    })),
  },
  {
    name: "looks first and migrates later",
    caughtBy: "several workers migrate at once, and each migration is applied by one of them",
    breakage: breakSession(({ migrate }, store) => ({
      migrate: async (signal) => {
        const applied = store.migrated ? [] : ["0001-tables"];
        await breathe();
        await migrate(signal);
        return { applied };
      },
    })),
  },
  {
    name: "takes tables of an earlier version for good",
    caughtBy: "every earlier version is told apart, and brought up to date",
    breakage: breakSession(() => ({ checkSchema: async () => undefined })),
    on: withEarlierSchema,
  },
  {
    name: "migrating again starts the deliveries from nothing",
    caughtBy: "migrating keeps what is recorded and delivered",
    breakage: breakSession(({ migrate }, store) => ({
      migrate: (signal) => {
        store.deliveries.clear();
        return migrate(signal);
      },
    })),
  },
  {
    name: "migrating again starts the changes from nothing",
    caughtBy: "migrating keeps what is recorded and delivered",
    breakage: breakSession(({ migrate }, store) => ({
      migrate: (signal) => {
        store.changes.clear();
        return migrate(signal);
      },
    })),
  },
  {
    name: "closes between the two halves of a dispatch",
    caughtBy: "closing with work in flight ends that work, and leaves no delivery half done",
    breakage: breakSession(({ poller, close }, store) => {
      let isClosed = false;
      const dispatch: typeof poller.dispatch = async (...given) => {
        const taken = [...store.changes];
        store.changes.clear();
        await breathe();
        if (isClosed) throw new SynclineError("database.unavailable", "The session was closed.");
        for (const [id, change] of taken) store.changes.set(id, change);
        return poller.dispatch(...given);
      };
      return {
        poller: { ...poller, dispatch },
        close: () => {
          isClosed = true;
          return close();
        },
      };
    }),
  },
  {
    name: "ends what is under way on closing with its driver's own error",
    caughtBy: "closing with work in flight ends that work, and leaves no delivery half done",
    breakage: breakSession(({ backlog, close }) => {
      let isClosed = false;
      const status: typeof backlog.status = async (signal) => {
        await breathe();
        if (isClosed) throw new Error("Cannot use a pool after calling end on the pool");
        return backlog.status(signal);
      };
      return {
        backlog: { ...backlog, status },
        close: () => {
          isClosed = true;
          return close();
        },
      };
    }),
  },
];
