import type pg from "pg";
import type { BenchContext } from "../drain/bench-context.ts";
import { graphileWorker, pgBoss, pgTransactionalOutbox, programOf, syncline } from "../drain/contenders.ts";
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

type Teller = "syncline" | "graphile-worker" | "pg-boss" | "pg-transactional-outbox";

interface Kind extends Pick<RecordTrial, "changes" | "notify" | "preparedStatements" | "idle" | "table"> {
  readonly contender: string;
  readonly teller: Teller;
}

const plain = { notify: false, preparedStatements: false, table: "item" } as const;
const own = "Syncline: 1 change, preparedStatements";

const kinds: readonly Kind[] = [
  { ...plain, contender: "the transaction alone", teller: "syncline", changes: 0 },
  { ...plain, contender: "the transaction alone, on the peers' Node", teller: "graphile-worker", changes: 0 },
  { ...plain, contender: "one statement more, which does nothing", teller: "syncline", changes: 0, idle: true },
  { ...plain, contender: "Syncline: 1 change", teller: "syncline", changes: 1 },
  { ...plain, contender: own, teller: "syncline", changes: 1, preparedStatements: true },
  { ...plain, contender: "Syncline: 1 change, wakeUp: notify", teller: "syncline", changes: 1, notify: true },
  { ...plain, contender: "Syncline: 1 change, by trigger", teller: "syncline", changes: 0, table: "watched" },
  { ...plain, contender: "graphile-worker: add_job", teller: "graphile-worker", changes: 1 },
  { ...plain, contender: "pg-boss: send", teller: "pg-boss", changes: 1 },
  { ...plain, contender: "pg-transactional-outbox: 1 message", teller: "pg-transactional-outbox", changes: 1 },
  { ...plain, contender: "Syncline: 10 changes", teller: "syncline", changes: 10 },
  { ...plain, contender: "graphile-worker: add_jobs of 10", teller: "graphile-worker", changes: 10 },
  { ...plain, contender: "pg-boss: insert of 10", teller: "pg-boss", changes: 10 },
  { ...plain, contender: "pg-transactional-outbox: 10 messages", teller: "pg-transactional-outbox", changes: 10 },
  { ...plain, contender: "Syncline: 1,000 changes", teller: "syncline", changes: 1_000 },
  { ...plain, contender: "graphile-worker: add_jobs of 1,000", teller: "graphile-worker", changes: 1_000 },
  { ...plain, contender: "pg-boss: insert of 1,000", teller: "pg-boss", changes: 1_000 },
];

/** What the rounds leave behind, which would grow from round to round. */
const leavings: Readonly<Record<Teller, string>> = {
  syncline: "TRUNCATE syncline.change",
  "graphile-worker": "TRUNCATE graphile_worker._private_jobs",
  "pg-boss": "DELETE FROM pgboss.job",
  "pg-transactional-outbox": "TRUNCATE outbox.outbox",
};

const watched = `CREATE TABLE watched (LIKE item INCLUDING ALL);
INSERT INTO watched SELECT * FROM item;
VACUUM ANALYZE watched;
CREATE FUNCTION item_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM syncline.record_change('item', jsonb_build_object('id', NEW.id));
  RETURN NULL;
END $$;
CREATE TRIGGER item_changed AFTER INSERT OR UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION item_changed()`;

export const recordAlone = recordCost(1);
export const recordTogether = recordCost(8);

/** BEGIN, an UPDATE of one row, perhaps `record`, COMMIT. */
function recordCost(connections: number): Scenario {
  const name = `record-${connections}`;
  // By processor time of client and database: the time that passes is the disk's, and swings by more than what is added.
  const extra = "extra CPU µs per change";
  return {
    name,
    async run(context) {
      const repeats: (readonly Measurement[])[] = [];
      for (let repeat = 1; repeat <= context.repeats; repeat += 1) {
        repeats.push(await measureAll(context, connections));
        context.say(`${name} ${repeat}/${context.repeats}`);
      }
      const demanded = connections === 8;
      return {
        scenario: name,
        title: `What recording adds to a transaction that updates one row, ${connections} at a time`,
        leading: extra,
        compared: [],
        columns: ["extra µs per change", "extra µs per tx", "µs per tx", "tx/s", "client CPU µs", "PostgreSQL CPU µs"],
        baseline: undefined,
        targets: demanded
          ? [
              { contender: own, metric: extra, against: "graphile-worker: add_job", atMost: 0.1 },
              { contender: own, metric: extra, against: "pg-boss: send", atMost: 0.1 },
              {
                contender: "graphile-worker: add_jobs of 1,000",
                metric: extra,
                against: "Syncline: 1,000 changes",
                atLeast: 4,
              },
            ]
          : [],
        repeats,
        notes: [],
      };
    },
  };
}

const tellers = {
  syncline: syncline(""),
  "graphile-worker": graphileWorker(""),
  "pg-boss": pgBoss(""),
  "pg-transactional-outbox": pgTransactionalOutbox(""),
};

function measureAll(context: BenchContext, connections: number): Promise<readonly Measurement[]> {
  return withDatabase(context, rows, async (databaseUrl, client) => {
    for (const contender of Object.values(tellers)) {
      const settings = { ...contender.settings, databaseUrl, sinkUrl: context.sinkUrl };
      await withChild(programOf(context, contender), (setter) =>
        setter.ask("setUp", { settings, ids: new Uint32Array() }),
      );
    }
    for (const statement of watched.split(/;\n(?=INSERT|VACUUM|CREATE)/)) await client.query(statement);
    return withTellers(context, async (children) => {
      for (const child of Object.values(children)) await child.ask("connect", { databaseUrl, connections });
      const trials = kinds.map((kind) => ({ ...kind, databaseUrl, connections, rows, durationMs: roundMs }));
      const sums = kinds.map(() => nothing);
      // The first round compiles and fills caches.
      for (let round = 0; round <= (context.quick ? 1 : 4); round += 1) {
        for (const [index, trial] of trials.entries()) {
          const spent = await measure(context, children[trial.teller], client, trial);
          if (round > 0) sums[index] = add(sums[index] ?? nothing, spent);
        }
      }
      for (const child of Object.values(children)) await child.ask("end");
      // Each against the transaction alone on the same Node.
      const alone = (kind: Kind) => sums[kind.teller === "syncline" ? 0 : 1] ?? nothing;
      return kinds.map((kind, index) => judge(kind, connections, sums[index] ?? nothing, alone(kind)));
    });
  });
}

/** A process for each tool, alive for all rounds. */
async function withTellers<Result>(
  context: BenchContext,
  use: (children: Readonly<Record<Teller, Child>>) => Promise<Result>,
): Promise<Result> {
  return withChild(context.program("record-cost"), (own) =>
    withChild(context.program("graphile-worker"), (graphile) =>
      withChild(context.program("pg-boss"), (boss) =>
        withChild(context.program("pg-transactional-outbox"), (outbox) =>
          use({
            syncline: own,
            "graphile-worker": graphile,
            "pg-boss": boss,
            "pg-transactional-outbox": outbox,
          }),
        ),
      ),
    ),
  );
}

interface Spent {
  readonly transactions: number;
  readonly seconds: number;
  readonly clientMs: number | undefined;
  readonly databaseMs: number | undefined;
}

const nothing: Spent = { transactions: 0, seconds: 0, clientMs: 0, databaseMs: 0 };

async function measure(
  context: BenchContext,
  child: Child,
  client: pg.Client,
  trial: RecordTrial & { readonly teller: Teller },
): Promise<Spent> {
  await client.query(leavings[trial.teller]);
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

function judge(
  { contender, changes, idle, table }: Kind,
  connections: number,
  spent: Spent,
  alone: Spent,
): Measurement {
  const recorded = table === "watched" || idle === true ? 1 : changes;
  const micros = (each: Spent) => (each.seconds * 1e6 * connections) / each.transactions;
  const perTransaction = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / spent.transactions);
  const cpuMs = (each: Spent) =>
    each.clientMs === undefined || each.databaseMs === undefined ? undefined : each.clientMs + each.databaseMs;
  const cpuMicros = (each: Spent) => ((cpuMs(each) ?? Number.NaN) * 1000) / each.transactions;
  const extraCpu = recorded === 0 ? Number.NaN : (cpuMicros(spent) - cpuMicros(alone)) / recorded;
  const extra = recorded === 0 ? undefined : micros(spent) - micros(alone);
  return {
    contender,
    values: {
      "tx/s": spent.transactions / spent.seconds,
      "µs per tx": micros(spent),
      "extra CPU µs per change": Number.isNaN(extraCpu) ? undefined : extraCpu,
      "extra µs per tx": extra,
      "extra µs per change": extra === undefined ? undefined : extra / recorded,
      "client CPU µs": perTransaction(spent.clientMs),
      "PostgreSQL CPU µs": perTransaction(spent.databaseMs),
    },
  };
}
