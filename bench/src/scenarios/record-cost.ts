import type pg from "pg";
import type { BenchContext } from "../drain/bench-context.ts";
import { syncline } from "../drain/contenders.ts";
import { cpuMeter } from "../drain/cpu-meter.ts";
import { withDatabase } from "../drain/database.ts";
import { withChild } from "../drain/run-drain.ts";
import type { Child } from "../processes/child.ts";
import type { Measurement } from "../report/measurement.ts";
import type { RecordResult, RecordTrial } from "../workers/record-cost.ts";
import type { Scenario } from "./scenario.ts";

const rows = 10_000;

const kinds = [
  { contender: "the transaction alone", changes: 0, notify: false },
  { contender: "recording 1 change", changes: 1, notify: false },
  { contender: "recording 10 changes", changes: 10, notify: false },
  { contender: "recording 1,000 changes", changes: 1000, notify: false },
  { contender: "recording 1 change, wakeUp: notify", changes: 1, notify: true },
];

export const recordAlone = recordCost(1);
export const recordTogether = recordCost(8);

/** BEGIN, an UPDATE of one row, perhaps `record`, COMMIT. */
function recordCost(connections: number): Scenario {
  const name = `record-${connections}`;
  return {
    name,
    async run(context) {
      const repeats: (readonly Measurement[])[] = [];
      for (let repeat = 1; repeat <= context.repeats; repeat += 1) {
        repeats.push(await measureAll(context, connections));
        context.say(`${name} ${repeat}/${context.repeats}`);
      }
      return {
        scenario: name,
        title: `Recording in a transaction that updates one row, ${connections} at a time`,
        leading: "tx/s",
        columns: ["µs per tx", "extra µs per tx", "extra µs per change", "client µs", "PostgreSQL µs", "strangers %"],
        baseline: kinds[0]?.contender,
        repeats,
        notes: [],
      };
    },
  };
}

function measureAll(context: BenchContext, connections: number): Promise<readonly Measurement[]> {
  return withDatabase(context, rows, async (databaseUrl, client) => {
    const settings = { ...syncline("").settings, databaseUrl, sinkUrl: context.sinkUrl };
    await withChild(context.file("syncline-worker"), [], (setter) =>
      setter.ask("setUp", { settings, ids: new Uint32Array() }),
    );
    return withChild(context.file("record-cost"), context.nodeFlags, async (child) => {
      await child.ask("connect", { databaseUrl, connections });
      const measured: Measurement[] = [];
      let aloneMicros: number | undefined;
      for (const kind of kinds) {
        const trial = { ...kind, databaseUrl, connections, rows, durationMs: context.quick ? 500 : 2000 };
        const measurement = await measure(context, child, client, trial, aloneMicros);
        aloneMicros ??= measurement.values["µs per tx"];
        measured.push({ ...measurement, contender: kind.contender });
      }
      await child.ask("end");
      return measured;
    });
  });
}

async function measure(
  context: BenchContext,
  child: Child,
  client: pg.Client,
  trial: RecordTrial,
  aloneMicros: number | undefined,
): Promise<Omit<Measurement, "contender">> {
  await client.query("TRUNCATE syncline.change");
  await client.query("CHECKPOINT");
  const readCpu = cpuMeter(context, child.pid);
  const { transactions, seconds } = (await child.ask("measure", trial)) as RecordResult;
  const cpu = readCpu();
  const micros = (seconds * 1e6 * trial.connections) / transactions;
  const extra = aloneMicros === undefined ? undefined : micros - aloneMicros;
  // The warm-up, a tenth, is in the processor time but not among the transactions.
  const perTransaction = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / 1.1 / transactions);
  return {
    values: {
      "tx/s": transactions / seconds,
      "µs per tx": micros,
      "extra µs per tx": extra,
      "extra µs per change": extra === undefined ? undefined : extra / trial.changes,
      "client µs": perTransaction(cpu.worker),
      "PostgreSQL µs": perTransaction(cpu.database),
      "strangers %": cpu.strangers === undefined ? undefined : cpu.strangers * 100,
    },
  };
}
