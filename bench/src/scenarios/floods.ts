import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { BenchContext } from "../drain/bench-context.ts";
import { programOf, syncline } from "../drain/contenders.ts";
import { cpuMeter } from "../drain/cpu-meter.ts";
import { withDatabase } from "../drain/database.ts";
import { drainOnce, untilEmpty, withChild, withPatience } from "../drain/run-drain.ts";
import { type Measurement, strangers } from "../report/measurement.ts";
import { percentile } from "../report/statistics.ts";
import type { Production } from "../workers/producer.ts";
import { matchingName } from "../workers/shop.ts";
import type { Flood } from "../workers/syncline-worker.ts";
import { interleave } from "./interleave.ts";
import { eachOnce } from "./loads.ts";
import type { Scenario } from "./scenario.ts";

const perSecond = 50;
/** Ids 1 to this one are of the live changes, those after it of the flood. */
const live = 2 * perSecond;
const leading = "p50 ms";
const mostMs = 250;

interface Beside {
  readonly name: string;
  /** Of which the live changes are: the flood's own category is `item`. */
  readonly category: "item" | "other";
  readonly flood?: Flood["of"];
  readonly keys: number;
}

/** As a flood meets a worker at rest: without a wake-up, the first ones wait for the next poll. */
const notify = true;
const alone: Beside = { name: "alone", category: "other", keys: 0 };
const floods: readonly Beside[] = [
  { name: "another category, beside 50,000 changes", category: "other", flood: "changes", keys: 50_000 },
  { name: "another category, beside a backfill of 66,000 keys", category: "other", flood: "backfill", keys: 66_000 },
  { name: "the same strategy, beside its backfill of 66,000 keys", category: "item", flood: "backfill", keys: 66_000 },
  { name: "the same strategy, beside 50,000 requeued dead letters", category: "item", flood: "replay", keys: 50_000 },
];

/** What is recorded now does not wait for what came by the thousand, nor for what is sent again. */
export const besideFloods: Scenario = {
  name: "floods",
  async run(context) {
    const runs = [alone, ...floods].map((beside) => () => measure(context, beside));
    return {
      scenario: "floods",
      title: `Commit to delivery of ${perSecond} live changes/s beside a flood, one row per call`,
      leading,
      compared: [],
      columns: ["p90 ms", "p99 ms", "max ms", "seconds", strangers],
      baseline: undefined,
      targets: [alone, ...floods].flatMap(({ name }) =>
        ["p50 ms", "p99 ms"].map((metric) => ({ contender: name, metric, atMost: mostMs })),
      ),
      repeats: await interleave(context, "floods", leading, runs),
      notes: [
        "Each flood is recorded at once, before the first live change, and takes longer than these do.",
        "With wake-ups (LISTEN/NOTIFY): where nothing happens, a worker that polls sleeps for up to a second.",
      ],
    };
  },
};

const warmUp = eachOnce(5_000);

function measure(context: BenchContext, { name, category, flood, keys }: Beside): Promise<Measurement> {
  const contender = syncline(name, { bystanders: 1, notify });
  const program = programOf(context, contender);
  const count = context.quick ? Math.ceil(keys / 10) : keys;
  const rows = live + count;
  return withChild(program, async (worker) => {
    if (!context.quick) await drainOnce(context, contender, warmUp, [worker]);
    return withDatabase(context, rows, async (databaseUrl, client) => {
      const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
      await withChild(program, (setter) => setter.ask("setUp", { settings, ids: new Uint32Array() }));
      if (flood === "replay") await bury(client, count);
      await context.sink.ask("expect", { ids: rows, total: rows });
      await worker.ask("prepare", { settings });
      await worker.ask("go");
      // At rest, as a worker is that a flood meets.
      await delay(500);
      const readCpu = cpuMeter(context, worker.pid);
      if (flood !== undefined)
        await withChild(program, (other) => other.ask("flood", { settings, of: flood, from: live + 1, count }));
      const production: Production = { databaseUrl, notify, perSecond, rows: live, category };
      const committed = (await withChild(context.program("producer"), (child) =>
        child.ask("produce", production),
      )) as Float64Array;
      await withPatience(context, contender);
      await untilEmpty(client, contender);
      const cpu = readCpu();
      const arrived = (await context.sink.ask("firstArrivals", "/0")) as Float64Array;
      const tally = (await context.sink.ask("tally")) as { readonly lastArrivalMs: number };
      await worker.ask("stop");
      const delays = committed
        .slice(1)
        .map((atMs, index) => (arrived[index + 1] ?? 0) - atMs)
        .sort();
      return {
        contender: name,
        values: {
          "p50 ms": percentile(delays, 0.5),
          "p90 ms": percentile(delays, 0.9),
          "p99 ms": percentile(delays, 0.99),
          "max ms": delays.at(-1),
          seconds: (tally.lastArrivalMs - (committed[1] ?? 0)) / 1000,
          [strangers]: cpu.strangers === undefined ? undefined : cpu.strangers * 100,
        },
      };
    });
  });
}

/** Dead letters, as a downstream leaves them that has refused everything. */
async function bury(client: pg.Client, count: number): Promise<void> {
  await client.query(
    `INSERT INTO syncline.delivery (id, revision, due_at, first_recorded_at, state, operation, strategy, key, died_at)
     SELECT nextval('syncline.revision'), 1, now(), now(), 'dead', 'upsert', $1, '{"id":' || n || '}', now()
       FROM generate_series($2::int, $3::int) AS n`,
    [matchingName(0), live + 1, live + count],
  );
}
