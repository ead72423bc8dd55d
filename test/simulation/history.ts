import { type Category, category, createPipeline, type Pipeline, type StrategyInCode, strategy } from "@syncline/core";
import { createMemoryStore, type MemoryStore, type MemoryTransaction, memoryDatabase } from "@syncline/testkit";
import { type Random, seededRandom } from "../../packages/testkit/src/history/random.ts";
import { faultyDatabase, type PlantedBug, type SimulatedWorker, type Weather } from "./faulty-database.ts";
import { Destination, simulatedTransport } from "./simulated-downstream.ts";
import { Trace } from "./trace.ts";
import { type VirtualTime, virtualTime } from "./virtual-time.ts";

const item: Category<"item", { id: "integer" }> = category("item", { id: "integer" });
const query = 'SELECT i.id AS "id", i.label AS "label" FROM item i WHERE i.id = :id';
const shared = { category: item, query, downstream: "shop", path: "/items", concurrency: 3, timeoutMs: 300 } as const;
const retry = { maxAttempts: 3, initialMs: 50, maxMs: 300 };
const strategies: readonly StrategyInCode[] = [
  strategy("single", { ...shared, whenAbsent: "delete", retry }),
  strategy("batch", { ...shared, whenAbsent: "delete", batch: 4, retry }),
  strategy("strict", { ...shared, whenAbsent: "delete", coalesce: false, retry }),
  strategy("quiet", { ...shared, whenAbsent: "delete", debounce: { quietMs: 100, maxMs: 400 }, retry }),
];
const keys = [1, 2, 3, 4, 5];
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Scene {
  readonly random: Random;
  readonly trace: Trace;
  readonly time: VirtualTime;
  readonly store: MemoryStore;
  readonly weather: Weather;
  readonly destination: Destination;
  readonly bug: PlantedBug | undefined;
  readonly crew: { readonly worker: SimulatedWorker; readonly pipeline: Pipeline<MemoryTransaction> }[];
  readonly recorded: Map<number, number>;
  hired: number;
}

export interface HistoryReport {
  readonly seed: number;
  readonly steps: number;
  readonly hash: string;
  readonly faults: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
  readonly trace: Trace;
}

/** One random history: a storm, then fair weather until nothing is left to do. The seed decides all of it. */
export async function runHistory(seed: number, bug?: PlantedBug): Promise<HistoryReport> {
  const random = seededRandom(seed);
  const engineChance = random.fork("engine");
  const time = virtualTime(() => engineChance.next());
  const trace = new Trace();
  const scene: Scene = {
    random,
    trace,
    time,
    store: { ...createMemoryStore(), now: () => Date.now(), migrated: true },
    weather: { stormy: true },
    destination: new Destination(trace),
    bug,
    crew: [],
    recorded: new Map(),
    hired: 0,
  };
  scene.store.tables.set("item", { columns: ["id", "label"], rows: new Map(), delayMs: 0 });
  try {
    await live(scene);
  } finally {
    time.end();
  }
  return { seed, steps: time.steps(), hash: trace.hash, faults: trace.faults, violations: trace.violations, trace };
}

async function live(scene: Scene): Promise<void> {
  const { random, time, weather, trace } = scene;
  for (let count = random.integer(2, 3); count > 0; count -= 1) hire(scene);
  for (let act = random.integer(10, 25); act > 0; act -= 1) {
    await time.runUntil(after(random.integer(5, 300)), 60_000);
    await perform(scene);
  }
  weather.stormy = false;
  trace.add("heals");
  const { store } = scene;
  // An hour lets every gate, lease and back-off of the storm end.
  const recovered = await time.runUntil(() => store.changes.size === 0 && pendingOf(store) === 0, 3_600_000);
  if (!recovered) trace.violate(`no quiescence: ${store.changes.size} changes, ${pendingOf(store)} deliveries`);
  judgeDeadLetters(scene);
  await memoryRequeue(scene);
  if (!(await time.runUntil(() => store.changes.size === 0 && store.deliveries.size === 0, 3_600_000)))
    trace.violate("what was requeued was not delivered");
  await close(scene);
  judgeStates(scene);
  await judgeTimers(scene);
}

function hire(scene: Scene): void {
  const { store, weather, trace, destination, bug } = scene;
  scene.hired += 1;
  const worker: SimulatedWorker = { name: `worker-${scene.hired}`, dead: false };
  const random = scene.random.fork(worker.name);
  const pipeline = createPipeline<MemoryTransaction>({
    database: faultyDatabase({ store, worker, weather, random, trace, bug }),
    categories: [item],
    strategies,
    downstreams: { shop: simulatedTransport({ destination, worker, weather, random, trace }) },
    tuning: {
      leaseMs: 1_500,
      breakerFailures: 3,
      breakerOpenMs: 100,
      breakerMaxOpenMs: 800,
      throttleMs: 150,
      unauthorizedProbeMs: 250,
      misconfiguredProbeMs: 300,
      databaseRetryMs: 40,
    },
    log: silent,
  });
  scene.crew.push({ worker, pipeline });
  void pipeline.start().catch((error: unknown) => trace.violate(`start failed: ${String(error)}`));
}

async function perform(scene: Scene): Promise<void> {
  const { random, trace, crew } = scene;
  const fate = random.next();
  if (fate < 0.85) return change(scene);
  if (fate < 0.9) {
    const victim = random.pick(crew);
    trace.fault("worker dies");
    victim.worker.dead = true;
    crew.splice(crew.indexOf(victim), 1);
    return hire(scene);
  }
  if (fate < 0.95) {
    const [leaver] = crew.splice(random.integer(0, crew.length - 1), 1);
    trace.fault("worker stops");
    hire(scene);
    if (leaver !== undefined) await stop(scene, leaver.pipeline);
    return;
  }
  trace.fault("operator requeues");
  await memoryRequeue(scene);
}

/** A business transaction: sometimes rolled back, sometimes gone with its row. */
async function change({ random, store, trace, recorded }: Scene): Promise<void> {
  const database = memoryDatabase({ store });
  const tx = database.begin();
  const commits = random.chance(0.85);
  for (let count = random.integer(1, 4); count > 0; count -= 1) {
    const id = random.pick(keys);
    const gone = random.chance(0.2);
    const label = `${commits ? "kept" : "rolled back"} ${random.integer(0, 1_000_000)}`;
    tx.write(({ tables }) => {
      const rows = tables.get("item")?.rows;
      if (gone) rows?.delete(id);
      else rows?.set(id, { id, label });
    });
    await database.recorder.record(tx, [item.changed({ id })]);
    if (commits) recorded.set(id, (recorded.get(id) ?? 0) + 1);
    trace.add(`${commits ? "records" : "rolls back"} {"id":${id}}`);
  }
  if (commits) tx.commit();
  else tx.rollback();
}

async function stop({ time, trace }: Scene, pipeline: Pipeline<MemoryTransaction>): Promise<void> {
  let stopped = false;
  void pipeline.stop({ timeoutMs: 10_000 }).then(() => {
    stopped = true;
  });
  // Beyond its deadline: a call's grace, and one more try to settle, which may hang.
  if (!(await time.runUntil(() => stopped, 20_000))) trace.violate("stop did not end");
}

async function close(scene: Scene): Promise<void> {
  for (const { pipeline } of scene.crew) await stop(scene, pipeline);
}

async function memoryRequeue({ store }: Scene): Promise<void> {
  const session = memoryDatabase({ store }).open({ log: silent });
  const { signal } = new AbortController();
  for (const { name } of strategies) await session.backlog.requeue({ strategy: name }, signal);
}

function judgeDeadLetters({ store, destination, trace }: Scene): void {
  for (const { strategy: name, key, state, failure } of store.deliveries.values()) {
    const place = `${name} ${key}`;
    const justified = failure?.code === "lease.lapsed" || (destination.counted.get(place) ?? 0) > 0;
    // A call that hangs alone may count too: the engine's own rule, told by the failure's kind.
    if (state === "dead" && !justified && failure?.code !== "simulated.unavailable")
      trace.violate(`dead letter without a reason: ${place} ${failure?.code}`);
  }
}

function judgeStates({ store, destination, recorded, trace }: Scene): void {
  const rows = store.tables.get("item")?.rows;
  for (const [id, count] of recorded) {
    const expected = JSON.stringify(rows?.get(id) ?? null);
    for (const { name } of strategies) {
      const place = `${name} {"id":${id}}`;
      const found = destination.state.get(place);
      if (found !== expected) trace.violate(`${place} ends as ${found} and not as ${expected}`);
    }
    const sent = destination.applied.get(`strict {"id":${id}}`)?.size ?? 0;
    if (sent !== count) trace.violate(`strict {"id":${id}} was told ${sent} of ${count} changes`);
  }
  for (const [place, json] of destination.state)
    if (json.includes("rolled back")) trace.violate(`what was rolled back was sent: ${place}`);
}

/** When all have stopped, and deadlines that nobody waits for any more are over, no timer is left. The dead clear nothing up. */
async function judgeTimers({ time, trace }: Scene): Promise<void> {
  if (trace.faults.has("worker dies")) return;
  await time.runUntil(() => false, 120_000);
  if (time.world.timers.size > 0) trace.violate(`${time.world.timers.size} timers are left after stop`);
}

/** Without those that a dead one of their key holds back: only a person can bring them on their way. */
function pendingOf(store: MemoryStore): number {
  const all = [...store.deliveries.values()];
  const stuck = new Set(all.filter(({ state }) => state !== "pending").map((each) => `${each.strategy} ${each.key}`));
  return all.filter((each) => each.state === "pending" && !stuck.has(`${each.strategy} ${each.key}`)).length;
}

function after(ms: number): () => boolean {
  let over = false;
  setTimeout(() => {
    over = true;
  }, ms);
  return () => over;
}
