import type { BenchContext } from "../drain/bench-context.ts";
import { type Contender, fileOf, graphileWorker, syncline } from "../drain/contenders.ts";
import { cpuMeter } from "../drain/cpu-meter.ts";
import { withDatabase } from "../drain/database.ts";
import { untilEmpty, withChild, withPatience } from "../drain/run-drain.ts";
import { type Measurement, strangers } from "../report/measurement.ts";
import { percentile } from "../report/statistics.ts";
import type { Production } from "../workers/producer.ts";
import { interleave } from "./interleave.ts";
import type { Scenario } from "./scenario.ts";

const perSecond = 200;
const warmUpSeconds = 2;
const name = "latency";

const contenders: readonly Contender[] = [
  graphileWorker("graphile-worker, LISTEN", { localQueue: 0 }),
  syncline("Syncline, polling (as shipped)"),
  syncline("Syncline, wakeUp: notify", { notify: true }),
];

/** From the COMMIT's return to the request's arrival; an open loop, so that a slow contender gets no easier load. */
export const latency: Scenario = {
  name,
  async run(context) {
    const seconds = warmUpSeconds + (context.quick ? 2 : 10);
    const repeats = await interleave(
      context,
      name,
      "p50 ms",
      contenders.map((contender) => () => measure(context, contender, seconds * perSecond)),
    );
    return {
      scenario: name,
      title: `Commit to delivery at ${perSecond} changes/s, one row per call`,
      leading: "p50 ms",
      compared: [],
      columns: ["p90 ms", "p99 ms", "max ms", "worker µs", "PostgreSQL µs", strangers],
      baseline: undefined,
      repeats,
      notes: [],
    };
  },
};

function measure(context: BenchContext, contender: Contender, rows: number): Promise<Measurement> {
  return withDatabase(context, rows, async (databaseUrl, client) => {
    const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
    const file = fileOf(context, contender);
    await withChild(file, [], (setter) => setter.ask("setUp", { settings, ids: new Uint32Array() }));
    await context.sink.ask("expect", { ids: rows, total: rows });
    return withChild(file, context.nodeFlags, async (worker) => {
      await worker.ask("prepare", { settings });
      await worker.ask("go");
      const readCpu = cpuMeter(context, worker.pid);
      const production: Production = {
        databaseUrl,
        tool: contender.tool,
        notify: "notify" in contender.settings && contender.settings.notify,
        perSecond,
        rows,
      };
      const committed = (await withChild(context.file("producer"), [], (producer) =>
        producer.ask("produce", production),
      )) as Float64Array;
      await withPatience(context, contender);
      await untilEmpty(client, contender);
      const cpu = readCpu();
      const arrived = (await context.sink.ask("firstArrivals", "/0")) as Float64Array;
      await worker.ask("stop");
      const delays = arrived
        .map((atMs, id) => atMs - (committed[id] ?? 0))
        .slice(1 + warmUpSeconds * perSecond)
        .sort();
      const perChange = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / rows);
      return {
        contender: contender.name,
        values: {
          "p50 ms": percentile(delays, 0.5),
          "p90 ms": percentile(delays, 0.9),
          "p99 ms": percentile(delays, 0.99),
          "max ms": delays.at(-1),
          "worker µs": perChange(cpu.worker),
          "PostgreSQL µs": perChange(cpu.database),
          [strangers]: cpu.strangers === undefined ? undefined : cpu.strangers * 100,
        },
      };
    });
  });
}
