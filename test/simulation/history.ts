import { createMemoryStore, type MemoryStore } from "@syncline/testkit";
import { seededRandom } from "../../packages/testkit/src/history/random.ts";
import { Business } from "./business.ts";
import { drawClimate } from "./climate.ts";
import { dismiss, hire } from "./crew.ts";
import { DatabaseWitness } from "./database-witness.ts";
import { Destination } from "./destination.ts";
import { judgeDrained, judgeEnd } from "./judge-end.ts";
import { PaceBooks } from "./pace-books.ts";
import { perform, requeueThese } from "./perform.ts";
import { PlaceBooks } from "./place-books.ts";
import type { PlantedBug } from "./planted-bug.ts";
import type { Scene } from "./scene.ts";
import { wasWell } from "./simulated-worker.ts";
import { definitionOf } from "./strategies.ts";
import { Trace } from "./trace.ts";
import { virtualTime } from "./virtual-time.ts";

export interface HistoryReport {
  readonly seed: number;
  readonly steps: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
  readonly trace: Trace;
}

/** Far longer than every gate, lease and back-off of a storm takes to end. */
const patienceMs = 3_600_000;

/** One random history: a storm, then fair weather until nothing is left to do. The seed decides all of it. */
export async function runHistory(seed: number, bug?: PlantedBug): Promise<HistoryReport> {
  const random = seededRandom(seed);
  const chance = random.fork("engine");
  const time = virtualTime(() => chance.next());
  const mend = bug?.break?.();
  const climate = drawClimate(random.fork("climate"));
  const trace = new Trace(() => time.now());
  // A database's clock tells fractions, and workers' clocks cannot move it.
  const store: MemoryStore = { ...createMemoryStore(), now: () => 1_700_000_000_000 + time.now(), migrated: true };
  const hasParts = climate.upgrade;
  const business = new Business({ store, random: random.fork("business"), trace, keys: climate.keys, hasParts });
  const books = new PlaceBooks();
  const scene: Scene = {
    random,
    climate,
    trace,
    time,
    store,
    business,
    books,
    witness: new DatabaseWitness({ store, books, business, trace, now: () => time.now(), leaseMs: climate.leaseMs }),
    destination: new Destination({ store, books, business, trace, isSettled: () => scene.isSettled }),
    pace: new PaceBooks(trace, () => time.now()),
    bug,
    crew: [],
    leavers: [],
    open: new Set(),
    away: new Map(),
    drains: new Map(),
    isStormy: true,
    isSettled: false,
    hired: 0,
  };
  trace.add(JSON.stringify(climate).replaceAll("{", "("));
  try {
    await live(scene);
  } finally {
    mend?.();
    time.end();
  }
  return { seed, steps: time.steps(), faults: trace.faults, violations: trace.violations, trace };
}

async function live(scene: Scene): Promise<void> {
  await storm(scene);
  await heal(scene);
  await drain(scene);
  const { store } = scene;
  const buried = [...store.deliveries.values()].filter(({ state }) => state !== "pending");
  if (buried.length > 0) {
    await requeueThese(
      scene,
      buried.map(({ id }) => String(id)),
    );
    await drain(scene);
  }
  for (const member of [...scene.crew]) await dismiss(scene, member, 2_000);
  const { leavers, trace, time } = scene;
  const haveStopped = () => leavers.every(({ worker }) => worker.isStopped);
  if (!(await time.runUntil(haveStopped, 10_000))) trace.violate("a stop did not end");
  // What the network still carries comes to an end.
  await time.runUntil(() => false, 5_000);
  judgeEnd(scene);
}

async function storm(scene: Scene): Promise<void> {
  const { random, climate, time, store } = scene;
  for (const name of climate.strategies) store.strategies.set(name, definitionOf(name));
  for (let count = climate.workers; count > 0; count -= 1) await hire(scene, climate.upgrade ? "old" : "new");
  for (let act = climate.acts; act > 0; act -= 1) {
    await time.runUntil(() => false, random.next() * climate.haste);
    await perform(scene);
  }
}

/** Everything works again, and everyone is there. */
async function heal(scene: Scene): Promise<void> {
  const { time, trace, store, crew, open, climate } = scene;
  await time.runUntil(() => false, scene.random.integer(0, 400));
  scene.isStormy = false;
  for (const { worker } of [...crew, ...scene.leavers]) worker.isCutOff = false;
  trace.add("heals");
  for (const end of [...open]) end();
  store.paused.clear();
  restoreStrategies(scene);
  if (climate.upgrade) {
    for (const member of [...crew]) if (!member.worker.knows.has("part")) await dismiss(scene, member, 1_000);
    await hire(scene);
  }
  // Strategies are loaded again every five seconds where nothing is dispatched.
  if (store.strategiesRevision > 0) await time.runUntil(() => false, 6_000);
  const isSettled = () =>
    crew.every(({ worker }) => wasWell(worker, time.now(), time.now())) && store.refused.size === 0;
  if (!(await time.runUntil(isSettled, patienceMs))) trace.violate("refused changes were not taken up again");
  scene.isSettled = true;
}

/** Those that went, and have work left, are back. */
function restoreStrategies({ store, climate }: Scene): void {
  const named = [...store.deliveries.values(), ...store.changes.values()].flatMap(({ strategy }) => strategy ?? []);
  const inForce = (name: string) => store.strategies.has(name) && store.strategies.get(name)?.concurrency !== 0;
  const broken = store.strategies.keys();
  const missing = new Set([...climate.strategies, ...named, ...broken].filter((name) => !inForce(name)));
  for (const name of missing) store.strategies.set(name, definitionOf(name));
  store.strategiesRevision += missing.size;
}

/** Until some worker says that nothing is left. */
async function drain(scene: Scene): Promise<void> {
  const { time, random, crew, trace } = scene;
  const { worker, pipeline } = random.pick(crew);
  let isDrained = false;
  const ended = () => {
    isDrained = true;
  };
  await time.as(worker.owner, () => {
    pipeline.drain({ retries: true }).then(ended, (error: unknown) => trace.violate(`drain failed: ${String(error)}`));
  });
  if (!(await time.runUntil(() => isDrained, patienceMs))) trace.violate("no quiescence");
  judgeDrained(scene);
}
