import { memoryDatabase } from "@syncline/testkit";
import type { Act } from "./climate.ts";
import { dismiss, freeze, hire, kill } from "./crew.ts";
import { type CrewMember, type Scene, silent } from "./scene.ts";
import { definitionOf, strategyNames } from "./strategies.ts";

/** One thing that happens, chosen by the climate. */
export async function perform(scene: Scene): Promise<void> {
  const { random, climate } = scene;
  const { others, unrest } = climate;
  const act: Act = others.length > 0 && random.chance(unrest) ? random.pick(others) : "change";
  // Workers are met in the midst of their work.
  if (act.startsWith("worker ") && random.chance(0.8)) {
    await performers.change(scene);
    await scene.time.runUntil(() => false, random.next() * 40);
  }
  await performers[act](scene);
}

const performers: { readonly [act in Act]: (scene: Scene) => Promise<void> | void } = {
  change: async ({ business, random }) => {
    const tx = await business.write();
    if (random.chance(0.9)) tx.commit();
    else tx.rollback();
  },
  // Its changes have lower ids than those that commit meanwhile.
  "late commit": async (scene) => {
    const { business, random, time, trace, open } = scene;
    const tx = await business.write();
    trace.fault("late commit");
    const end = () => {
      if (!open.delete(end)) return;
      if (random.chance(0.8)) tx.commit();
      else tx.rollback();
    };
    open.add(end);
    void time.sleep(random.integer(1, 600), time.world).then(end);
  },
  "worker dies": async (scene) => {
    kill(scene, scene.random.pick(scene.crew));
    await hire(scene);
  },
  "worker stops": async (scene) => {
    const { random, crew } = scene;
    const leaver = random.pick(crew);
    await hire(scene);
    await dismiss(scene, leaver, random.pick([0, 50, 2_000]));
  },
  "worker freezes": (scene) => freeze(scene, scene.random.pick(scene.crew), scene.random.integer(50, 3_000)),
  "worker's clock jumps": ({ random, crew, trace }) => {
    const { owner } = random.pick(crew).worker;
    owner.clockOffsetMs = random.integer(-3_600_000, 3_600_000);
    trace.fault("worker's clock jumps", owner.name);
  },
  "operator requeues": (scene) => requeue(scene),
  "operator discards": async (scene) => {
    const { witness, trace } = scene;
    const before = witness.look();
    trace.fault("operator discards");
    await operator(scene).discard({ strategy: anyStrategy(scene) }, anySignal);
    witness.discarded(before);
  },
  "operator pauses": async (scene) => {
    const name = anyStrategy(scene);
    scene.trace.fault("operator pauses", name);
    await operator(scene).pause(name, anySignal);
  },
  "operator resumes": async (scene) => {
    const name = scene.random.pick([...scene.store.paused, anyStrategy(scene)]);
    scene.trace.fault("operator resumes", name);
    await operator(scene).resume(name, anySignal);
  },
  "operator backfills": async (scene) => {
    // Also of one that has gone, as far as these workers know.
    const strategy = scene.random.chance(0.3) ? scene.random.pick(scene.climate.strategies) : anyStrategy(scene);
    await backfill(scene, strategy);
  },
  "strategy changes": ({ store, random, trace }) => {
    const name = random.pick([...store.strategies.keys(), "single"]);
    if (!store.strategies.has(name)) return;
    const { concurrency = 1, timeoutMs = 300 } = definitionOf(name);
    const changed = {
      path: `/items/${random.integer(1, 9)}`,
      concurrency: random.integer(1, concurrency),
      timeoutMs: random.integer(50, timeoutMs),
    };
    store.strategies.set(name, { ...definitionOf(name), ...changed });
    store.strategiesRevision += 1;
    trace.fault("strategy changes", name);
  },
  "strategy switches": ({ store, random, trace }) => {
    const name = random.pick([...store.strategies.keys()]);
    const current = store.strategies.get(name) ?? definitionOf(name);
    if (current.debounce !== undefined) return;
    const coalesce = current.coalesce === false;
    store.strategies.set(name, { ...current, coalesce });
    store.strategiesRevision += 1;
    trace.fault("strategy switches", `${name} ${coalesce ? "to coalesce" : "not to"}`);
  },
  "strategy comes": ({ store, random, trace }) => {
    const name = random.pick(strategyNames);
    if (store.strategies.has(name) || store.strategies.size > 4) return;
    store.strategies.set(name, definitionOf(name));
    store.strategiesRevision += 1;
    trace.fault("strategy comes", name);
  },
  "strategy goes": async (scene) => {
    const { store, random, trace } = scene;
    if (store.strategies.size < 2) return;
    const name = random.pick([...store.strategies.keys()]);
    store.strategies.delete(name);
    store.strategiesRevision += 1;
    trace.fault("strategy goes", name);
    // Other workers, which have it still, are asked for some.
    if (random.chance(0.7)) await backfill(scene, name);
  },
  "strategy breaks": ({ store, random, trace }) => {
    const name = random.pick([...store.strategies.keys()]);
    // A broken one knows no quiet window while it collects its keys.
    if (definitionOf(name).debounce !== undefined) return;
    store.strategies.set(name, { ...definitionOf(name), concurrency: 0 });
    store.strategiesRevision += 1;
    trace.fault("strategy breaks", name);
  },
  "downstream goes away": ({ random, time, trace, away }) => {
    const address = random.pick(["shop", "depot"]);
    const fate = random.pick(["unavailable", "hangs", "unauthorized", "throttled"] as const);
    trace.fault("downstream goes away", `${address}: ${fate}`);
    away.set(address, fate);
    void time.sleep(random.integer(50, 800), time.world).then(() => away.delete(address));
  },
  "database goes away": (scene) => {
    scene.trace.fault("database goes away");
    cutOff(scene, [...scene.crew, ...scene.leavers]);
  },
  "worker is cut off": (scene) => {
    const member = scene.random.pick(scene.crew);
    scene.trace.fault("worker is cut off", member.worker.name);
    cutOff(scene, [member]);
  },
  drain: async ({ random, time, trace, crew, drains }) => {
    const { worker, pipeline } = random.pick(crew);
    trace.fault("drain", worker.name);
    const drain = Symbol(worker.name);
    drains.set(drain, worker);
    const retries = random.chance(0.5);
    await time.as(worker.owner, () => {
      const end = () => drains.delete(drain);
      pipeline.drain({ retries }).then(end, (error: unknown) => {
        end();
        if (!crew.some((each) => each.worker === worker)) return;
        trace.add(`drain ends: ${String(error)}`);
      });
    });
  },
};

function cutOff({ random, time }: Scene, members: readonly CrewMember[]): void {
  const forMs = random.integer(20, 1_500);
  for (const { worker } of members) worker.isCutOff = true;
  void time.sleep(forMs, time.world).then(() => {
    for (const { worker } of members) worker.isCutOff = false;
  });
}

/** Some strategy's dead letters, or a few of all. */
async function requeue(scene: Scene): Promise<void> {
  const { random, trace, store } = scene;
  trace.fault("operator requeues");
  const buried = [...store.deliveries.values()].filter(({ state }) => state !== "pending");
  if (buried.length === 0) return;
  const chosen = random.chance(0.5) ? undefined : [String(random.pick(buried).id)];
  await requeueThese(scene, chosen ?? buried.map(({ id }) => String(id)));
}

export async function requeueThese(scene: Scene, ids: readonly string[]): Promise<void> {
  const before = scene.witness.look();
  await operator(scene).requeue({ ids }, anySignal);
  scene.witness.requeued(before);
}

function operator({ store }: Scene) {
  return memoryDatabase({ store }).open({ log: silent }).backlog;
}

async function backfill(scene: Scene, strategy: string): Promise<void> {
  const change = scene.business.randomChange();
  if (change.category !== definitionOf(strategy).category) return;
  scene.trace.fault("operator backfills", `${strategy} ${change.key}`);
  await operator(scene).backfill({ strategy, changes: [change] }, anySignal);
}

function anyStrategy({ random, store }: Scene): string {
  const names = [...store.strategies.keys()];
  return names.length === 0 ? "single" : random.pick(names);
}

const anySignal = new AbortController().signal;
