import pg from "pg";
import type { BenchContext } from "../drain/bench-context.ts";
import { type Contender, programOf, syncline } from "../drain/contenders.ts";
import { cpuMeter } from "../drain/cpu-meter.ts";
import { withDatabase } from "../drain/database.ts";
import { together, untilEmpty, withChild, withPatience } from "../drain/run-drain.ts";
import { peakMiB } from "../processes/cpu.ts";
import { type Measurement, strangers } from "../report/measurement.ts";
import { interleave } from "./interleave.ts";
import type { Scenario } from "./scenario.ts";

const leading = "CPU µs";
const columns = ["worker µs", "PostgreSQL µs", "worker MiB", strangers];
const inLists = { batch: 100, concurrency: 4 } as const;
/** Before anything is measured: compiled code and warm caches are what an uptime of minutes has. */
const warmUp = 30_000;

const record = `SELECT count(syncline.record_change('item', jsonb_build_object('id', id))) FROM item WHERE id <= $1`;

/** Other sizes: `BENCH_BACKLOG=10000,1000000`. */
const backlogs = numbersOf(process.env.BENCH_BACKLOG) ?? [10_000, 100_000, 1_000_000, 10_000_000];
/** What is beyond is measured, and not drained to its end: ten million take ten minutes. */
const mostDrained = 1_000_000;

function numbersOf(list: string | undefined): readonly number[] | undefined {
  return list?.split(",").map(Number);
}

export const growthBacklog: Scenario = {
  name: "growth-backlog",
  async run(context) {
    const sizes = context.quick ? [10_000, 30_000] : backlogs;
    const runs = sizes.map((backlog) => async () => {
      const contender = syncline(`${backlog.toLocaleString("en")} changes wait`, inLists);
      const window = Math.min(backlog, 100_000);
      const measured = await measureWindow(context, contender, warmUp + backlog, window);
      return { ...measured, values: { ...measured.values, backlog } };
    });
    const [least, most] = [sizes[0], sizes.at(-1)].map((size) => `${size?.toLocaleString("en")} changes wait`);
    return {
      scenario: this.name,
      title: "Cost of a change by the backlog, 100 rows per call",
      leading,
      compared: [leading],
      columns,
      baseline: least,
      targets: [
        { contender: most ?? "", metric: leading, against: least ?? "", atMost: 1.2 },
        { contender: most ?? "", metric: "worker MiB", atMost: 250 },
      ],
      curves: { x: "backlog", y: leading, logX: true },
      repeats: await interleave(context, this.name, leading, runs),
      notes: ["Of backlogs beyond a million only the measured part is delivered."],
    };
  },
};

export const growthStrategies: Scenario = {
  name: "growth-strategies",
  async run(context) {
    const counts = context.quick ? [0, 100] : [0, 10, 100, 1_000];
    const name = (bystanders: number) => `${bystanders.toLocaleString("en")} strategies of other categories`;
    const runs = counts.map((bystanders) => async () => {
      const contender = syncline(name(bystanders), { ...inLists, bystanders });
      const measured = await measureWindow(context, contender, warmUp + 60_000, 60_000);
      return { ...measured, values: { ...measured.values, "strategies that do not match": bystanders } };
    });
    return {
      scenario: this.name,
      title: "Cost of a change by the strategies that it is not for, 100 rows per call",
      leading,
      compared: [leading],
      columns,
      baseline: name(0),
      targets: [{ contender: name(counts.at(-1) ?? 0), metric: leading, against: name(0), atMost: 1.2 }],
      curves: { x: "strategies that do not match", y: leading, logX: true },
      repeats: await interleave(context, this.name, leading, runs),
      notes: [],
    };
  },
};

/** Drains a backlog, and meters `window` changes of it after those of the warm-up. */
function measureWindow(
  context: BenchContext,
  contender: Contender,
  backlog: number,
  window: number,
): Promise<Measurement> {
  return withDatabase(context, backlog, async (databaseUrl, client) => {
    const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
    const program = programOf(context, contender);
    await withChild(program, (setter) => setter.ask("setUp", { settings, ids: new Uint32Array() }));
    await client.query(record, [backlog]);
    // A backlog that came about in hours has been vacuumed, and not all of it is measured with a vacuum beside it.
    await client.query("VACUUM ANALYZE syncline.change");
    await client.query("CHECKPOINT");
    await context.sink.ask("expect", { ids: backlog, total: backlog });
    return withChild(program, async (worker) => {
      await worker.ask("prepare", { settings });
      await worker.ask("go");
      await context.sink.ask("reached", warmUp);
      const readCpu = cpuMeter(context, worker.pid);
      await context.sink.ask("reached", warmUp + window);
      const values = perChange(readCpu(), window);
      if (backlog <= warmUp + mostDrained) {
        await withPatience(context, contender);
        await untilEmpty(client, contender);
      }
      const peak = peakMiB(worker.pid);
      await worker.ask("stop");
      return { contender: contender.name, values: { ...values, "worker MiB": peak } };
    });
  });
}

const portion = 20_000;

/** Deliveries before each measured portion, in thousands. Five million take minutes: `BENCH_UPTIME=40,400` goes less far. */
const uptimes = numbersOf(process.env.BENCH_UPTIME) ?? [40, 100, 200, 400, 800, 5_000];

export const growthUptime: Scenario = {
  name: "growth-uptime",
  async run(context) {
    const free = context.quick ? [40, 80] : uptimes;
    const held = context.quick ? [40, 80] : [40, 100, 200, 400];
    const repeats: Measurement[][] = [];
    for (let repeat = 1; repeat <= context.repeats; repeat += 1) {
      const measured = [...(await live(context, free, false)), ...(await live(context, held, true))];
      for (const { contender, values } of measured)
        context.say(`${this.name} ${repeat}  ${contender}: ${values[leading]}`);
      repeats.push(measured);
    }
    const first = nameOf(free[0] ?? 0, false);
    return {
      scenario: this.name,
      title: "Cost of a change by how many were delivered before, 100 rows per call",
      leading,
      compared: [leading],
      columns,
      baseline: first,
      targets: [
        { contender: nameOf(free.at(-1) ?? 0, false), metric: leading, against: first, atMost: 1.25 },
        { contender: nameOf(held.at(-1) ?? 0, true), metric: leading, against: first, atMost: 2 },
      ],
      curves: { x: "delivered before", y: leading },
      repeats,
      notes: ["Changes come 20,000 at a time, each time for the same rows."],
    };
  },
};

function nameOf(thousands: number, isHeld: boolean): string {
  return `after ${(thousands * 1_000).toLocaleString("en")} deliveries${isHeld ? ", a snapshot held open all the time" : ""}`;
}

/** One worker that goes on and on. */
function live(context: BenchContext, marks: readonly number[], isHeld: boolean): Promise<readonly Measurement[]> {
  return withDatabase(context, portion, async (databaseUrl, client) => {
    const contender = syncline("", inLists);
    const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
    const program = programOf(context, contender);
    await withChild(program, (setter) => setter.ask("setUp", { settings, ids: new Uint32Array() }));
    const letGo = isHeld ? await holdSnapshot(databaseUrl) : async () => {};
    const measured = await withChild(program, async (worker) => {
      await worker.ask("prepare", { settings });
      await worker.ask("go");
      const points: Measurement[] = [];
      for (let thousands = 0; thousands <= Math.max(...marks); thousands += portion / 1000) {
        const values = await deliverPortion(context, contender, client, worker.pid);
        if (!marks.includes(thousands)) continue;
        const series = isHeld ? "an old snapshot held open" : "as it comes";
        points.push({
          contender: nameOf(thousands, isHeld),
          series,
          values: { ...values, "worker MiB": peakMiB(worker.pid), "delivered before": thousands * 1000 },
        });
      }
      await worker.ask("stop");
      return points;
    });
    await letGo();
    return measured;
  });
}

/** The recording is the business's: only what comes after its commit is metered. */
async function deliverPortion(context: BenchContext, contender: Contender, client: pg.Client, worker: number) {
  await context.sink.ask("expect", { ids: portion, total: portion });
  await client.query("BEGIN");
  await client.query(record, [portion]);
  const readCpu = cpuMeter(context, worker);
  await client.query("COMMIT");
  await withPatience(context, contender);
  await untilEmpty(client, contender);
  return perChange(readCpu(), portion);
}

async function holdSnapshot(databaseUrl: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await client.query("SELECT count(*) FROM item");
  return () => client.end();
}

function perChange(cpu: ReturnType<ReturnType<typeof cpuMeter>>, changes: number) {
  const each = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / changes);
  return {
    [leading]: each(together(cpu)),
    "worker µs": each(cpu.worker),
    "PostgreSQL µs": each(cpu.database),
    [strangers]: cpu.strangers === undefined ? undefined : cpu.strangers * 100,
  };
}
