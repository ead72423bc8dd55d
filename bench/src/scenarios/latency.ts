import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { BenchContext } from "../drain/bench-context.ts";
import { type Contender, graphileWorker, pgBoss, programOf, syncline } from "../drain/contenders.ts";
import { cpuMeter } from "../drain/cpu-meter.ts";
import { withDatabase } from "../drain/database.ts";
import { drainOnce, untilEmpty, withChild, withPatience } from "../drain/run-drain.ts";
import { type Measurement, strangers } from "../report/measurement.ts";
import { percentile } from "../report/statistics.ts";
import type { Production } from "../workers/producer.ts";
import { interleave } from "./interleave.ts";
import { eachOnce } from "./loads.ts";
import type { Scenario } from "./scenario.ts";

const warmUpSeconds = 1;
const leading = "p50 ms";

const listening = graphileWorker("graphile-worker, LISTEN", { localQueue: 0, client: "undici" });
const queueing = graphileWorker("graphile-worker, local queue", { client: "undici" });
const notified = syncline("Syncline, wakeUp: notify", { notify: true });

const contenders: readonly Contender[] = [
  listening,
  queueing,
  pgBoss("pg-boss, notify", { client: "undici", notify: true, set: true }),
  syncline("Syncline, polling (as shipped)"),
  notified,
];

interface Pace {
  readonly name: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** A write transaction is open beside it all the time, each for a second. */
  readonly besideWriter?: boolean;
}

export const latencies: readonly Scenario[] = [
  latency({ name: "latency-100", perSecond: 100, seconds: 4 }),
  latency({ name: "latency-200", perSecond: 200, seconds: 4 }),
  latency({ name: "latency-1000", perSecond: 1_000, seconds: 3 }),
  latency({ name: "latency-1000-beside-writer", perSecond: 1_000, seconds: 3, besideWriter: true }),
  latency({ name: "latency-3000", perSecond: 3_000, seconds: 3 }),
];

/** From the COMMIT's return to the request's arrival; an open loop, so that a slow contender gets no easier load. */
function latency(pace: Pace): Scenario {
  const { name, perSecond, besideWriter } = pace;
  const demanded = perSecond === 200 ? { against: listening.name, atMost: 1 } : { against: queueing.name, atMost: 0.5 };
  const isDemanded = perSecond === 200 || perSecond === 1_000;
  return {
    name,
    async run(context) {
      const seconds = warmUpSeconds + (context.quick ? 1 : pace.seconds);
      const runs = contenders.map((contender) => () => measure(context, contender, pace, seconds * perSecond));
      return {
        scenario: name,
        title: `Commit to delivery at ${perSecond.toLocaleString("en")} changes/s${besideWriter ? ", a write transaction always open beside it" : ""}`,
        leading,
        compared: [],
        columns: ["p90 ms", "p99 ms", "p99.9 ms", "max ms", "worker µs", "PostgreSQL µs", strangers],
        baseline: undefined,
        targets: isDemanded
          ? [leading, "p99 ms"].map((metric) => ({ contender: notified.name, metric, ...demanded }))
          : [],
        repeats: await interleave(context, name, leading, runs),
        notes: ["Peers run on the Node that they need, a newer one than Syncline's."],
      };
    },
  };
}

/** Delivered before anything is measured, so that it is not V8 compiling that makes the first ones late. */
const warmUp = eachOnce(5_000);

function measure(context: BenchContext, contender: Contender, pace: Pace, rows: number): Promise<Measurement> {
  const program = programOf(context, contender);
  return withChild(program, async (worker) => {
    if (!context.quick) await drainOnce(context, contender, warmUp, [worker]);
    return withDatabase(context, rows, async (databaseUrl, client) => {
      const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
      await withChild(program, (setter) => setter.ask("setUp", { settings, ids: new Uint32Array() }));
      await context.sink.ask("expect", { ids: rows, total: rows });
      await worker.ask("prepare", { settings });
      await worker.ask("go");
      await using _writer = pace.besideWriter === true ? await startWriter(databaseUrl) : undefined;
      const readCpu = cpuMeter(context, worker.pid);
      const notify = "notify" in contender.settings && contender.settings.notify === true;
      const production: Production = { databaseUrl, notify, perSecond: pace.perSecond, rows };
      // Each tool's own words for a change, in a process of its own.
      const producer = contender.tool === "syncline" ? context.program("producer") : program;
      const committed = (await withChild(producer, (child) => child.ask("produce", production))) as Float64Array;
      await withPatience(context, contender);
      await untilEmpty(client, contender);
      const cpu = readCpu();
      const arrived = (await context.sink.ask("firstArrivals", "/0")) as Float64Array;
      await worker.ask("stop");
      const delays = arrived
        .map((atMs, id) => atMs - (committed[id] ?? 0))
        .slice(1 + warmUpSeconds * pace.perSecond)
        .sort();
      const perChange = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / rows);
      return {
        contender: contender.name,
        values: {
          "p50 ms": percentile(delays, 0.5),
          "p90 ms": percentile(delays, 0.9),
          "p99 ms": percentile(delays, 0.99),
          "p99.9 ms": percentile(delays, 0.999),
          "max ms": delays.at(-1),
          "worker µs": perChange(cpu.worker),
          "PostgreSQL µs": perChange(cpu.database),
          [strangers]: cpu.strangers === undefined ? undefined : cpu.strangers * 100,
        },
      };
    });
  });
}

/** Somebody whose transactions are long: what reads by an xid horizon would wait for them. */
async function startWriter(connectionString: string): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("CREATE TABLE report (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz)");
  const stopping = new AbortController();
  const writing = (async () => {
    while (!stopping.signal.aborted) {
      await client.query("BEGIN");
      await client.query("INSERT INTO report (at) VALUES (clock_timestamp())");
      await delay(1_000, undefined, { signal: stopping.signal }).catch(() => {});
      await client.query("COMMIT");
    }
    await client.end();
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await writing;
    },
  };
}
