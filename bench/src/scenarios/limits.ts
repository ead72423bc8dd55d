import type { BenchContext } from "../drain/bench-context.ts";
import { type Contender, callsAlone, handWritten, syncline } from "../drain/contenders.ts";
import { cpuMeter } from "../drain/cpu-meter.ts";
import { withDatabase } from "../drain/database.ts";
import { runDrain, withChild } from "../drain/run-drain.ts";
import { clockMs } from "../processes/clock.ts";
import { type Measurement, strangers } from "../report/measurement.ts";
import type { LimitSettings } from "../workers/limit.ts";
import { interleave } from "./interleave.ts";
import { eachOnce } from "./loads.ts";
import type { Scenario } from "./scenario.ts";

const leading = "changes/s";
const columns = ["worker µs", "PostgreSQL µs", "CPU µs", "sink µs", strangers];

/** What the framework adds to what a team would write by hand, and how far both are from calls alone. */
export const byHandOneRow = byHand("by-hand-one-row", 1, 16, (quick) => (quick ? 3_000 : 15_000));
export const byHandBatches = byHand("by-hand-batches", 500, 4, (quick) => (quick ? 40_000 : 150_000));

function byHand(name: string, batch: number, concurrency: number, rowsOf: (quick: boolean) => number): Scenario {
  return {
    name,
    async run(context) {
      const rows = rowsOf(context.quick);
      const load = eachOnce(rows);
      const ours = syncline("Syncline, as shipped", { batch, concurrency });
      const hand = handWritten("by hand, undici", { batch, concurrency });
      const undici = callsAlone("undici alone", "undici", { rows, batch, concurrency });
      const sockets = callsAlone("sockets alone", "sockets", { rows, batch, concurrency });
      const contenders: readonly Contender[] = [hand, ours, undici, sockets];
      const runs = contenders.map((contender) => () => runDrain(context, contender, load));
      return {
        scenario: name,
        title: `${batch === 1 ? "One row" : `${batch} rows`} per call against a pipeline written by hand, and against calls alone`,
        leading,
        compared: [leading, "CPU µs"],
        columns,
        baseline: hand.name,
        limit: undici.name,
        targets: [{ contender: ours.name, metric: "CPU µs", against: hand.name, atMost: 1.15 }],
        repeats: await interleave(context, name, leading, runs),
        notes: [],
      };
    },
  };
}

/** The database's part: dispatch, read and settlement without a call, and how fast the same rows can be read at all. */
export const databaseLimits: Scenario = {
  name: "limits-database",
  async run(context) {
    const rows = context.quick ? 40_000 : 150_000;
    const quiet = { ...eachOnce(rows), expected: { ids: rows, total: 0 } };
    const loop = syncline("Syncline, nobody is called", { engine: "none", batch: 500, concurrency: 4 });
    const settings = { rows, batch: 500, concurrency: 1 };
    const repeats = await interleave(context, this.name, leading, [
      () => runDrain(context, loop, quiet),
      () => runRead(context, "reading sets of 500 alone", { ...settings, kind: "set-read" }),
      () => runRead(context, "COPY of the rows alone", { ...settings, kind: "copy" }),
    ]);
    return {
      scenario: this.name,
      title: "The database alone",
      leading,
      compared: [leading],
      columns,
      baseline: loop.name,
      limit: "reading sets of 500 alone",
      repeats,
      notes: [],
    };
  },
};

type ReadSettings = Omit<LimitSettings, "databaseUrl" | "sinkUrl">;

function runRead(context: BenchContext, contender: string, settings: ReadSettings): Promise<Measurement> {
  return withDatabase(context, settings.rows, (databaseUrl) =>
    withChild(context.program("limit"), async (worker) => {
      await worker.ask("prepare", { settings: { ...settings, databaseUrl, sinkUrl: context.sinkUrl } });
      const readCpu = cpuMeter(context, worker.pid);
      const goMs = clockMs();
      await worker.ask("done");
      const seconds = (clockMs() - goMs) / 1000;
      const cpu = readCpu();
      await worker.ask("stop");
      const perRow = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / settings.rows);
      const values = {
        [leading]: settings.rows / seconds,
        "worker µs": perRow(cpu.worker),
        "PostgreSQL µs": perRow(cpu.database),
        [strangers]: cpu.strangers === undefined ? undefined : cpu.strangers * 100,
      };
      return { contender, values };
    }),
  );
}
