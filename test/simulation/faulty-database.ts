import { type DatabaseSession, type Poller, type StrategyStore, SynclineError } from "@syncline/core/spi";
import { type MemoryDatabase, type MemoryStore, memoryDatabase } from "@syncline/testkit";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import type { DatabaseWitness } from "./database-witness.ts";
import type { PlantedBug } from "./planted-bug.ts";
import type { SimulatedWorker } from "./simulated-worker.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface FaultyDatabaseParts {
  readonly store: MemoryStore;
  readonly witness: DatabaseWitness;
  readonly worker: SimulatedWorker;
  readonly time: VirtualTime;
  /** How much of the calls fail now. */
  readonly faults: () => number;
  readonly random: Random;
  readonly trace: Trace;
  readonly bug: PlantedBug | undefined;
}

/** One worker's way to the shared database: calls take a random time, and in a storm some fail or hang. */
export function faultyDatabase(parts: FaultyDatabaseParts): MemoryDatabase {
  const sound = memoryDatabase({ store: parts.store });
  return { ...sound, open: (context) => wrap(parts, sound.open(context)) };
}

function wrap(parts: FaultyDatabaseParts, session: DatabaseSession): DatabaseSession {
  const { bug, store, witness, worker } = parts;
  const poller = bug?.poller?.(session.poller, store) ?? session.poller;
  const runner = bug?.queryRunner?.(session.queryRunner) ?? session.queryRunner;
  const { backlog, strategyStore } = session;
  const watched: Poller = {
    dispatch: async (...given) => {
      if (store.changes.size === 0) return poller.dispatch(...given);
      const before = witness.look();
      const result = await poller.dispatch(...given);
      witness.dispatched(worker, before, result.claims);
      return result;
    },
    claim: async (...given) => {
      if (store.deliveries.size === 0) return [];
      const before = witness.look();
      const claims = await poller.claim(...given);
      witness.claimed(worker, before, claims);
      return claims;
    },
    renew: (...given) => poller.renew(...given),
    settle: async (settlements) => {
      const before = witness.look();
      const effects = await poller.settle(settlements);
      witness.settled(before, settlements);
      return effects;
    },
  };
  return {
    ...session,
    poller: {
      dispatch: (...given) => pass(parts, "dispatch", () => watched.dispatch(...given)),
      claim: (...given) => pass(parts, "claim", () => watched.claim(...given)),
      renew: (...given) => pass(parts, "renew", () => watched.renew(...given)),
      settle: (...given) => pass(parts, "settle", () => watched.settle(...given)),
    },
    queryRunner: { run: (...given) => pass(parts, "read", () => runner.run(...given)) },
    backlog: { ...backlog, status: (signal) => pass(parts, "status", () => backlog.status(signal)) },
    ...(strategyStore === undefined ? {} : { strategyStore: wrapStore(parts, strategyStore) }),
  };
}

function wrapStore(parts: FaultyDatabaseParts, store: StrategyStore): StrategyStore {
  return { load: (signal) => pass(parts, "load", () => store.load(signal)) };
}

/** The way there is the network's, and the way back ends at the worker, which may be frozen or dead by then. */
async function pass<Result>(parts: FaultyDatabaseParts, call: string, work: () => Promise<Result>): Promise<Result> {
  const { worker, time, random, trace } = parts;
  const faults = parts.faults();
  const fate = worker.isCutOff ? 0 : faults === 0 ? 1 : random.next() / faults;
  const from = time.now();
  const there = random.next() * 12 - 6;
  if (there > 0) await time.sleep(there, time.world);
  if (fate < 0.5) return fail(parts, `${call} fails before`, 1);
  if (fate < 0.65) return fail(parts, `${call} hangs`, random.integer(100, 1_500));
  const answer = work();
  // Whoever waits takes it as it comes: an error travels back as well as a result.
  answer.catch(() => {});
  const isSlow = fate < 0.8;
  const back = isSlow ? random.integer(50, 500) : random.next() * 6;
  if (fate < 1) worker.troubles.push({ from, to: time.now() + back });
  await time.sleep(back, worker.owner);
  if (isSlow) trace.fault(`${call} is slow`, worker.name);
  if (isSlow || fate >= 1) return answer;
  trace.fault(`${call} loses its answer`, worker.name);
  throw away();
}

async function fail({ worker, time, trace }: FaultyDatabaseParts, what: string, afterMs: number): Promise<never> {
  trace.fault(what, worker.name);
  worker.troubles.push({ from: time.now(), to: time.now() + afterMs });
  await time.sleep(afterMs, worker.owner);
  throw away();
}

function away(): SynclineError {
  return new SynclineError("database.unavailable", "The simulated database is away.");
}
