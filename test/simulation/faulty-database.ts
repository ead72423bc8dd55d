import { type DatabaseSession, type Poller, type QueryRunner, SynclineError } from "@syncline/core/spi";
import { type MemoryDatabase, type MemoryStore, memoryDatabase } from "@syncline/testkit";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import type { Trace } from "./trace.ts";

/** A worker as the simulation sees it. */
export interface SimulatedWorker {
  readonly name: string;
  /** Nothing that it asks of the database is answered any more. */
  dead: boolean;
}

/** Whether faults are under way. */
export interface Weather {
  stormy: boolean;
}

/** Breaks a part on purpose. */
export interface PlantedBug {
  readonly name: string;
  /** What the simulation must say of it. */
  readonly violation: RegExp;
  readonly poller?: (sound: Poller, store: MemoryStore) => Poller;
  readonly queryRunner?: (sound: QueryRunner) => QueryRunner;
}

export interface FaultyDatabaseParts {
  readonly store: MemoryStore;
  readonly worker: SimulatedWorker;
  readonly weather: Weather;
  readonly random: Random;
  readonly trace: Trace;
  readonly bug: PlantedBug | undefined;
}

/** One worker's way to the shared database: every call takes a random time, and in a storm some fail or hang. */
export function faultyDatabase(parts: FaultyDatabaseParts): MemoryDatabase {
  const { store, bug } = parts;
  const sound = memoryDatabase({ store });
  return { ...sound, open: (context) => wrap(parts, sound.open(context), bug) };
}

function wrap(parts: FaultyDatabaseParts, session: DatabaseSession, bug: PlantedBug | undefined): DatabaseSession {
  const poller = bug?.poller?.(session.poller, parts.store) ?? session.poller;
  const runner = bug?.queryRunner?.(session.queryRunner) ?? session.queryRunner;
  const { backlog } = session;
  return {
    ...session,
    poller: {
      dispatch: (...given) => pass(parts, "dispatch", () => poller.dispatch(...given)),
      claim: (...given) => pass(parts, "claim", () => poller.claim(...given)),
      renew: (...given) => pass(parts, "renew", () => poller.renew(...given)),
      settle: (...given) => pass(parts, "settle", () => poller.settle(...given)),
    },
    queryRunner: { run: (...given) => pass(parts, "read", () => runner.run(...given)) },
    backlog: { ...backlog, status: (signal) => pass(parts, "status", () => backlog.status(signal)) },
  };
}

async function pass<Result>(parts: FaultyDatabaseParts, call: string, work: () => Promise<Result>): Promise<Result> {
  const { worker, weather, random, trace } = parts;
  await sleep(random.integer(0, 8));
  await untilAlive(worker);
  const fate = weather.stormy ? random.next() : 1;
  if (fate < 0.03) {
    trace.fault(`${call} fails before`);
    throw away();
  }
  if (fate < 0.04) {
    trace.fault(`${call} hangs`);
    await sleep(random.integer(100, 1_500));
    throw away();
  }
  const result = await work();
  await sleep(random.integer(0, 8));
  await untilAlive(worker);
  if (fate < 0.06) {
    trace.fault(`${call} loses its answer`);
    throw away();
  }
  return result;
}

function untilAlive(worker: SimulatedWorker): Promise<void> {
  return worker.dead ? new Promise(() => {}) : Promise.resolve();
}

function away(): SynclineError {
  return new SynclineError("database.unavailable", "The simulated database is away.");
}

function sleep(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
