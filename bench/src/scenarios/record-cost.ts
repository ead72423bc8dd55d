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

/** Short and many: what else the machine does then falls on all kinds alike. */
const roundMs = 250;

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
        compared: ["tx/s"],
        columns: ["µs per tx", "extra µs per tx", "extra µs per change", "client CPU µs", "PostgreSQL CPU µs"],
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
      const trials = kinds.map((kind) => ({ ...kind, databaseUrl, connections, rows, durationMs: roundMs }));
      const sums = kinds.map(() => nothing);
      // The first round compiles and fills caches.
      for (let round = 0; round <= (context.quick ? 2 : 8); round += 1) {
        for (const [index, trial] of trials.entries()) {
          const spent = await measure(context, child, client, trial);
          if (round > 0) sums[index] = add(sums[index] ?? nothing, spent);
        }
      }
      await child.ask("end");
      return kinds.map((kind, index) => judge(kind, connections, sums[index] ?? nothing, sums[0] ?? nothing));
    });
  });
}

interface Spent {
  readonly transactions: number;
  readonly seconds: number;
  readonly clientMs: number | undefined;
  readonly databaseMs: number | undefined;
}

const nothing: Spent = { transactions: 0, seconds: 0, clientMs: 0, databaseMs: 0 };

async function measure(context: BenchContext, child: Child, client: pg.Client, trial: RecordTrial): Promise<Spent> {
  await client.query("TRUNCATE syncline.change");
  const readCpu = cpuMeter(context, child.pid);
  const result = (await child.ask("measure", trial)) as RecordResult;
  const { worker, database } = readCpu();
  return { ...result, clientMs: worker, databaseMs: database };
}

function add(a: Spent, b: Spent): Spent {
  const plus = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? undefined : x + y;
  return {
    transactions: a.transactions + b.transactions,
    seconds: a.seconds + b.seconds,
    clientMs: plus(a.clientMs, b.clientMs),
    databaseMs: plus(a.databaseMs, b.databaseMs),
  };
}

function judge({ contender, changes }: (typeof kinds)[number], connections: number, spent: Spent, alone: Spent) {
  const micros = (each: Spent) => (each.seconds * 1e6 * connections) / each.transactions;
  const perTransaction = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / spent.transactions);
  const extra = changes === 0 ? undefined : micros(spent) - micros(alone);
  return {
    contender,
    values: {
      "tx/s": spent.transactions / spent.seconds,
      "µs per tx": micros(spent),
      "extra µs per tx": extra,
      "extra µs per change": extra === undefined ? undefined : extra / changes,
      "client CPU µs": perTransaction(spent.clientMs),
      "PostgreSQL CPU µs": perTransaction(spent.databaseMs),
    },
  };
}
