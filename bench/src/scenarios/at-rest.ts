import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { BenchContext } from "../drain/bench-context.ts";
import { type Contender, graphileWorker, pgBoss, programOf, syncline } from "../drain/contenders.ts";
import { cpuMeter } from "../drain/cpu-meter.ts";
import { withDatabase } from "../drain/database.ts";
import { withChild, withPatience } from "../drain/run-drain.ts";
import { clockMs } from "../processes/clock.ts";
import { peakMiB } from "../processes/cpu.ts";
import type { Measurement } from "../report/measurement.ts";
import { interleave } from "./interleave.ts";
import type { Scenario } from "./scenario.ts";

const perSecond = "transactions/s";
const notified = syncline("Syncline, wakeUp: notify", { notify: true });
const shipped = syncline("Syncline, as shipped");
const peers = [graphileWorker("graphile-worker", { localQueue: 0 }), pgBoss("pg-boss, notify", { notify: true })];

/** A worker that has nothing to do. Every statement of Syncline's at rest is a transaction of its own. */
export const idle: Scenario = {
  name: "idle",
  async run(context) {
    const contenders = [undefined, shipped, notified, ...peers];
    const runs = contenders.map((contender) => () => rest(context, contender, context.quick ? 3 : 15));
    return {
      scenario: this.name,
      title: "At rest",
      leading: perSecond,
      compared: [],
      columns: ["worker CPU ms/min", "PostgreSQL CPU ms/min", "worker MiB"],
      baseline: undefined,
      targets: [shipped, notified].map(({ name }) => ({ contender: name, metric: perSecond, atMost: 5 })),
      repeats: await interleave(context, this.name, perSecond, runs),
      notes: ["The meter of processor time counts in steps of 10 ms: 40 ms/min for the length of a run."],
    };
  },
};

function rest(context: BenchContext, contender: Contender | undefined, seconds: number): Promise<Measurement> {
  return withDatabase(context, 10, async (databaseUrl, client) => {
    if (contender === undefined) {
      await delay(3_000);
      return watch(context, client, "nobody", undefined, seconds);
    }
    const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
    const program = programOf(context, contender);
    await withChild(program, (setter) => setter.ask("setUp", { settings, ids: new Uint32Array() }));
    return withChild(program, async (worker) => {
      await worker.ask("prepare", { settings });
      await worker.ask("go");
      // What a start costs is over.
      await delay(3_000);
      const measured = await watch(context, client, contender.name, worker.pid, seconds);
      await worker.ask("stop");
      return measured;
    });
  });
}

async function watch(
  context: BenchContext,
  client: pg.Client,
  contender: string,
  worker: number | undefined,
  seconds: number,
): Promise<Measurement> {
  const before = await transactions(client);
  const readCpu = cpuMeter(context, ...(worker === undefined ? [] : [worker]));
  const startMs = clockMs();
  await delay(seconds * 1000);
  const cpu = readCpu();
  const spentSeconds = (clockMs() - startMs) / 1000;
  const after = await transactions(client);
  const perMinute = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 60) / spentSeconds);
  return {
    contender,
    values: {
      [perSecond]: Math.max(0, after - before) / spentSeconds,
      "worker CPU ms/min": perMinute(cpu.worker),
      "PostgreSQL CPU ms/min": perMinute(cpu.database),
      "worker MiB": worker === undefined ? undefined : peakMiB(worker),
    },
  };
}

/** Without those of whoever asks. A backend tells of what it did at most once a second. */
async function transactions(client: pg.Client): Promise<number> {
  await delay(1_200);
  const { rows } = await client.query<{ readonly count: string }>(
    "SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()",
  );
  return Number(rows[0]?.count);
}

/** From the start of the process: its modules, its connection, and the one change that waits. */
export const startUp: Scenario = {
  name: "start-up",
  async run(context) {
    const leading = "first delivery ms";
    const runs = [shipped, ...peers].map((contender) => () => start(context, contender));
    return {
      scenario: this.name,
      title: "From the start of a process to the first delivery",
      leading,
      compared: [leading],
      columns: ["modules loaded ms", "connected ms"],
      baseline: shipped.name,
      repeats: await interleave(context, this.name, leading, runs),
      notes: [],
    };
  },
};

function start(context: BenchContext, contender: Contender): Promise<Measurement> {
  return withDatabase(context, 1, async (databaseUrl) => {
    const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
    const program = programOf(context, contender);
    await withChild(program, (setter) => setter.ask("setUp", { settings, ids: Uint32Array.of(1) }));
    await context.sink.ask("expect", { ids: 1, total: 1 });
    const startMs = clockMs();
    return withChild(program, async (worker) => {
      await worker.ask("ping");
      const loadedMs = clockMs() - startMs;
      await worker.ask("prepare", { settings });
      const connectedMs = clockMs() - startMs;
      await worker.ask("go");
      await withPatience(context, contender);
      const deliveredMs = clockMs() - startMs;
      await worker.ask("stop");
      return {
        contender: contender.name,
        values: {
          "first delivery ms": deliveredMs,
          "modules loaded ms": loadedMs,
          "connected ms": connectedMs,
        },
      };
    });
  });
}
