import { SynclineError } from "@syncline/core/spi";
import type { DatabaseFixture } from "../database/fixture.ts";
import type { MemoryStore } from "../memory/store.ts";
import type { MemoryTransaction } from "../memory/transaction.ts";
import { type Breakage, memoryFixture } from "./memory-fixture.ts";
import { breakBacklog, breakPoller, breakSession, type Mutant } from "./mutant.ts";

/** The memory database at the end of a line that can be cut: then nothing is done, and the caller is told. */
function withLine(breakage: Breakage = (adapter) => adapter): DatabaseFixture<MemoryTransaction> {
  let isCut = false;
  const guard = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...given: readonly unknown[]) => unknown;
        // Asked when it is called: a mutant's copy of the part is guarded too.
        return (...given: readonly unknown[]) => (isCut ? Promise.reject(lost()) : method(...given));
      },
    });
  const guarded = breakSession(({ poller, backlog }) => ({ poller: guard(poller), backlog: guard(backlog) }));
  return {
    ...memoryFixture((adapter, store) => breakage(guarded(adapter, store), store)),
    interruptDuring: async (operation) => {
      isCut = true;
      const outcome = await operation().then(
        () => ({}),
        (error: unknown) => ({ error }),
      );
      isCut = false;
      return outcome;
    },
  };
}

function lost(): SynclineError {
  return new SynclineError("database.unavailable", "The connection was lost.");
}

/** Does `damage` when the operation fails, and fails on. */
async function onLoss<Result>(work: Promise<Result>, damage: () => void): Promise<Result> {
  return work.catch((error: unknown) => {
    damage();
    throw error;
  });
}

function leaseAll(store: MemoryStore): void {
  for (const delivery of store.deliveries.values()) delivery.token = crypto.randomUUID();
}

export const connectionLossMutants: readonly Mutant[] = [
  {
    name: "has deleted the changes when a dispatch loses its connection",
    caughtBy: "during dispatch puts every change back",
    breakage: breakPoller((poller, store) => ({
      dispatch: (...given) => onLoss(poller.dispatch(...given), () => store.changes.clear()),
    })),
  },
  {
    name: "has leased when a claim loses its connection",
    caughtBy: "during claim leases nothing",
    breakage: breakPoller((poller, store) => ({
      claim: (...given) => onLoss(poller.claim(...given), () => leaseAll(store)),
    })),
  },
  {
    name: "has settled when a settle loses its connection",
    caughtBy: "during renew and settle changes nothing, and both work afterwards",
    breakage: breakPoller((poller, store) => ({
      settle: (given) => onLoss(poller.settle(given), () => store.deliveries.clear()),
    })),
  },
  {
    name: "does not settle again once it has lost its connection",
    caughtBy: "during renew and settle changes nothing, and both work afterwards",
    breakage: breakPoller((poller) => {
      let isLost = false;
      return {
        settle: (given) => {
          if (isLost) return Promise.reject(lost());
          return onLoss(poller.settle(given), () => {
            isLost = true;
          });
        },
      };
    }),
  },
  {
    name: "takes a lost connection for a bug",
    caughtBy: "during an operator's call is reported, and the next call works",
    breakage: breakBacklog((backlog) => ({
      status: (signal) =>
        backlog.status(signal).catch((error: unknown) => {
          throw new SynclineError("database.failed", String(error));
        }),
    })),
  },
].map((mutant) => ({ ...mutant, on: withLine }));
