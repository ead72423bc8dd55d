import { createPipeline, isSynclineError } from "@syncline/core";
import type { MemoryTransaction } from "@syncline/testkit";
import type { Fate } from "./climate.ts";
import { faultyDatabase } from "./faulty-database.ts";
import { type CrewMember, type Scene, silent } from "./scene.ts";
import { simulatedTransport } from "./simulated-downstream.ts";
import { type SimulatedWorker, wasWell } from "./simulated-worker.ts";
import { item, part } from "./strategies.ts";
import { tuning } from "./tuning.ts";

/** Less than a call has in any case: what is left of a lease before its renewal, without its margin. */
const fairLatencyMs = 30;

/** A new worker starts; one of an older release knows fewer categories. */
export async function hire(scene: Scene, release: "old" | "new" = "new"): Promise<void> {
  const { time, trace, store, climate, bug, destination, books, pace, witness } = scene;
  scene.hired += 1;
  const name = `worker-${scene.hired}`;
  const categories = release === "old" ? [item] : [item, part];
  const worker: SimulatedWorker = {
    name,
    owner: time.owner(name),
    knows: new Set(categories.map((each) => each.name)),
    tokens: new Set(),
    freezes: 0,
    isCutOff: false,
    troubles: [],
    reloadedAt: Number.NEGATIVE_INFINITY,
    isStopped: false,
  };
  const random = scene.random.fork(name);
  const faults = () => (scene.isStormy ? climate.database : 0);
  const fate = (address: string): Fate | undefined => {
    if (!scene.isStormy) return undefined;
    const away = scene.away.get(address);
    if (away !== undefined) return away;
    return climate.fates.length > 0 && random.chance(climate.calls) ? random.pick(climate.fates) : undefined;
  };
  const downstream = (address: string) =>
    simulatedTransport({
      name: address,
      destination,
      books,
      pace,
      worker,
      time,
      storeNow: () => store.now(),
      fate: () => fate(address),
      latencyMs: () => (scene.isStormy ? climate.latencyMs : fairLatencyMs),
      asks: climate.asks,
      random,
      trace,
      bug,
    });
  await time.as(worker.owner, () => {
    const pipeline = createPipeline<MemoryTransaction>({
      database: faultyDatabase({ store, witness, worker, time, faults, random, trace, bug }),
      categories,
      strategyTable: true,
      downstreams: { shop: downstream("shop"), depot: downstream("depot") },
      tuning: { ...tuning, leaseMs: climate.leaseMs },
      log: silent,
    });
    let loads = 0;
    pipeline.on("strategiesLoaded", () => {
      loads += 1;
      if (loads > 1) worker.reloadedAt = time.now();
    });
    scene.crew.push({ worker, pipeline });
    trace.add(`${name} starts, of the ${release} release`);
    pipeline.start().catch((error: unknown) => {
      const wasStopped = scene.leavers.some((leaver) => leaver.pipeline === pipeline);
      if (wasStopped && isSynclineError(error) && error.code === "pipeline.state") return;
      trace.violate(`start failed: ${String(error)}`);
    });
  });
}

/** Without an end to its work: what it had in hand stays leased. */
export function kill({ crew, trace }: Scene, victim: CrewMember): void {
  trace.fault("worker dies", victim.worker.name);
  victim.worker.owner.dead = true;
  crew.splice(crew.indexOf(victim), 1);
}

/** It stands still for a time, with everything that it was about to do; the world goes on. */
export function freeze({ time, trace }: Scene, { worker }: CrewMember, forMs: number): void {
  if (worker.owner.frozen) return;
  trace.fault("worker freezes", `${worker.name} for ${forMs}`);
  worker.owner.frozen = true;
  worker.freezes += 1;
  worker.troubles.push({ from: time.now(), to: time.now() + forMs });
  void time.sleep(forMs, time.world).then(() => wake(time, trace, worker));
}

function wake(time: Scene["time"], trace: Scene["trace"], worker: SimulatedWorker): void {
  trace.add(`${worker.name} wakes`);
  time.thaw(worker.owner);
}

/** It is told to stop, and judged when it says that it has. */
export async function dismiss(scene: Scene, leaver: CrewMember, timeoutMs: number): Promise<void> {
  const { time, trace, crew, leavers } = scene;
  const { worker, pipeline } = leaver;
  trace.fault("worker stops", `${worker.name} within ${timeoutMs}`);
  crew.splice(crew.indexOf(leaver), 1);
  leavers.push(leaver);
  await time.as(worker.owner, () => {
    const onStopped = () => {
      worker.isStopped = true;
      trace.add(`${worker.name} has stopped`);
      judgeLeases(scene, worker);
      judgeTimers(scene, worker);
    };
    pipeline.stop({ timeoutMs }).then(onStopped, (error: unknown) => trace.violate(`stop failed: ${String(error)}`));
  });
}

/**
 * A drain that is under way notices the stop by its own timer, and what is due at this very moment
 * ends now: a worker that was frozen beyond its stop's limit comes to all of it at once.
 */
function judgeTimers({ drains, time, trace }: Scene, worker: SimulatedWorker): void {
  const timers = [...worker.owner.timers].filter(({ dueAt }) => dueAt > time.now());
  const draining = [...drains.values()].filter((each) => each === worker).length;
  if (timers.length > draining) trace.violate(`${worker.name} left ${timers.length - draining} timers`);
}

/** Who could reach the database puts back all that it had. */
function judgeLeases({ store, time, trace, climate }: Scene, worker: SimulatedWorker): void {
  const { name, tokens } = worker;
  if (!wasWell(worker, time.now() - climate.leaseMs, time.now())) return;
  for (const { strategy, key, token, dueAt } of store.deliveries.values()) {
    if (token !== undefined && tokens.has(token) && dueAt > store.now())
      trace.violate(`${name} stopped with a lease in hand: ${strategy} ${key}`);
  }
}
