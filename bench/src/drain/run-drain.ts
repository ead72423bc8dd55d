import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { Child, type Program } from "../processes/child.ts";
import { clockMs } from "../processes/clock.ts";
import { peakMiB } from "../processes/cpu.ts";
import { type Measurement, strangers } from "../report/measurement.ts";
import type { Tally } from "../sink/arrivals.ts";
import type { Expectation } from "../sink/sink.ts";
import type { BenchContext } from "./bench-context.ts";
import { type Contender, leftOver, programOf } from "./contenders.ts";
import { type CpuReading, cpuMeter } from "./cpu-meter.ts";
import { withDatabase } from "./database.ts";

/** A backlog, and what must come of it. */
export interface Load {
  /** The ids of the changed rows in the order of the changes, from 1 to `rows`. */
  readonly ids: Uint32Array;
  readonly rows: number;
  readonly expected: Expectation;
}

/** Far beyond any honest run: ends what hangs. */
const patienceMs = 600_000;

/**
 * Drains a backlog twice in the same processes, each time from a database of its own, and measures the second: what is
 * measured is a worker that runs, and not V8 compiling one. Rejects if anything was lost or left over.
 */
export async function runDrain(context: BenchContext, contender: Contender, load: Load): Promise<Measurement> {
  return withChildren(programOf(context, contender), contender.processes ?? 1, async (workers) => {
    if (!context.quick) await drainOnce(context, contender, load, workers);
    return drainOnce(context, contender, load, workers);
  });
}

export function drainOnce(
  context: BenchContext,
  contender: Contender,
  load: Load,
  workers: readonly Child[],
): Promise<Measurement> {
  return withDatabase(context, load.rows, async (databaseUrl, client) => {
    const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
    await withChild(programOf(context, contender), (setter) => setter.ask("setUp", { settings, ids: load.ids }));
    await client.query("CHECKPOINT");
    await context.sink.ask("expect", load.expected);
    await each(workers, (worker) => worker.ask("prepare", { settings }));
    const readCpu = cpuMeter(context, ...workers.map(({ pid }) => pid));
    const goMs = clockMs();
    await each(workers, (worker) => worker.ask("go"));
    const calls = load.expected.total > 0;
    if (calls) await withPatience(context, contender);
    await untilEmpty(client, contender);
    const cpu = readCpu();
    const emptyMs = clockMs();
    const tally = (await context.sink.ask("tally")) as Tally;
    const peaks = workers.flatMap(({ pid }) => peakMiB(pid) ?? []);
    await each(workers, (worker) => worker.ask("stop"));
    const seconds = ((calls ? tally.lastArrivalMs : emptyMs) - goMs) / 1000;
    const perChange = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / load.ids.length);
    return {
      contender: contender.name,
      values: {
        "changes/s": load.ids.length / seconds,
        seconds,
        "worker µs": perChange(cpu.worker),
        "PostgreSQL µs": perChange(cpu.database),
        "sink µs": perChange(cpu.sink),
        "CPU µs": perChange(together(cpu)),
        "CPU µs/delivery": perDelivery(together(cpu), load.expected.total),
        requests: tally.requests,
        items: tally.items,
        repeated: tally.items - tally.distinct,
        "worker MiB": peaks.length === 0 ? undefined : Math.max(...peaks),
        [strangers]: cpu.strangers === undefined ? undefined : cpu.strangers * 100,
      },
    };
  });
}

/** The processor time of the contender and its database: steadier than a rate on a machine with other work. */
export function together({ worker, database }: CpuReading): number | undefined {
  return worker === undefined || database === undefined ? undefined : worker + database;
}

function perDelivery(ms: number | undefined, deliveries: number): number | undefined {
  return ms === undefined || deliveries === 0 ? undefined : (ms * 1000) / deliveries;
}

export async function withChild<Result>(program: Program, use: (child: Child) => Promise<Result>): Promise<Result> {
  const child = new Child(program);
  try {
    return await use(child);
  } finally {
    await child.end();
  }
}

export function withChildren<Result>(
  program: Program,
  count: number,
  use: (children: readonly Child[]) => Promise<Result>,
): Promise<Result> {
  const more = (children: readonly Child[]): Promise<Result> =>
    children.length === count ? use(children) : withChild(program, (child) => more([...children, child]));
  return more([]);
}

async function each(children: readonly Child[], ask: (child: Child) => Promise<unknown>): Promise<void> {
  await Promise.all(children.map(ask));
}

/** Until everything expected has arrived. */
export async function withPatience({ sink }: BenchContext, { name }: Contender): Promise<void> {
  const stop = new AbortController();
  const late = delay(patienceMs, "late", { signal: stop.signal }).catch(() => "stopped");
  const first = await Promise.race([sink.ask("complete"), late]);
  stop.abort();
  if (first !== "late") return;
  throw new Error(`${name}: not complete after ${patienceMs / 1000} s: ${JSON.stringify(await sink.ask("tally"))}`);
}

/** Delivered is not done: what is acknowledged in batches must have been written too. */
export async function untilEmpty(client: pg.Client, contender: Contender): Promise<void> {
  const untilMs = clockMs() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ rows: string }>(leftOver[contender.tool]);
    const left = Number(rows[0]?.rows);
    if (left === 0) return;
    if (clockMs() > untilMs) throw new Error(`${contender.name}: ${left} rows of state are left over.`);
    await delay(20);
  }
}
