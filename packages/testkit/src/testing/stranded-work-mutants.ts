import type { StrandedWork } from "@syncline/core/spi";
import type { MemoryStore } from "../memory/store.ts";
import { never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

function breakStranded(broken: (sound: StrandedWork, store: MemoryStore) => Partial<StrandedWork>): Breakage {
  return breakSession(({ strandedWork }, store) =>
    strandedWork === undefined ? {} : { strandedWork: { ...strandedWork, ...broken(strandedWork, store) } },
  );
}

const attendance = "workers know each other's strategies, until a worker has none or its word has lapsed";
const told = "of each strategy that is none of the known it is told what is left";
const moving = "what is moved is recorded for the other strategy alone, as it was";
const portions = "a portion is no larger than it may be, and keeps the order of a key";

export const strandedWorkMutants: readonly Mutant[] = [
  {
    name: "never forgets a worker that was killed",
    caughtBy: attendance,
    breakage: breakStranded(({ attend }) => ({
      attend: (worker, strategies, _, signal) => attend(worker, strategies, 1e12, signal),
    })),
  },
  {
    name: "keeps what a worker had before",
    caughtBy: attendance,
    breakage: breakStranded(({ attend }, store) => ({
      attend: (worker, strategies, ...rest) =>
        attend(worker, [...(store.workers.get(worker)?.strategies ?? []), ...strategies], ...rest),
    })),
  },
  {
    name: "counts what is held as dead",
    caughtBy: told,
    breakage: breakStranded(({ list }) => ({
      list: async (...given) =>
        (await list(...given)).map((each) => ({ ...each, dead: each.dead + each.held, held: 0 })),
    })),
  },
  {
    name: "takes the names before the first known one for known",
    caughtBy: told,
    breakage: breakStranded(({ list }) => ({
      list: async (known, signal) => (await list(known, signal)).filter(({ strategy }) => strategy > "a"),
    })),
  },
  {
    name: "moves to every strategy",
    caughtBy: moving,
    breakage: breakStranded(({ move }, store) => ({
      move: async (...given) => {
        const count = await move(...given);
        for (const [id, change] of store.changes) store.changes.set(id, { ...change, strategy: null });
        return count;
      },
    })),
  },
  {
    name: "takes what is leased",
    caughtBy: moving,
    breakage: breakStranded(({ move }, store) => ({
      move: (...given) => {
        for (const delivery of store.deliveries.values()) delivery.token = undefined;
        return move(...given);
      },
    })),
  },
  {
    name: "leaves what had been leased once",
    caughtBy: "a lease that has lapsed keeps nothing from being moved",
    breakage: breakStranded(({ move }, store) => ({
      move: async (...given) =>
        [...store.deliveries.values()].some(({ token }) => token !== undefined) ? 0 : move(...given),
    })),
  },
  {
    name: "takes all at once",
    caughtBy: portions,
    breakage: breakStranded(({ move }) => ({
      move: (portion, ...rest) => move({ ...portion, most: 1_000 }, ...rest),
    })),
  },
  {
    name: "moves the youngest first",
    caughtBy: portions,
    breakage: breakStranded(({ move }, store) => ({
      move: async (...given) => {
        const before = new Set(store.changes.keys());
        const count = await move(...given);
        const recorded = [...store.changes].filter(([id]) => !before.has(id));
        recorded.forEach(([id], index) => {
          const other = recorded[recorded.length - 1 - index];
          if (other !== undefined) store.changes.set(id, other[1]);
        });
        return count;
      },
    })),
  },
  {
    name: "discards what is held, whether asked or not",
    caughtBy: "what is discarded is gone, and nothing else is",
    breakage: breakStranded(({ discard }) => ({
      discard: (portion, signal) => discard({ ...portion, withHeld: true, most: 1_000 }, signal),
    })),
  },
  ...(["attend", "list", "move", "discard"] as const).map(
    (member): Mutant => ({
      name: `heeds no signal: ${member} of stranded work`,
      caughtBy: "of stranded work, a call whose signal has fired does nothing",
      breakage: breakStranded((work) => ({
        [member]: (...given: readonly unknown[]) =>
          Reflect.apply(work[member], undefined, [...given.slice(0, -1), never]) as unknown,
      })),
    }),
  ),
];
