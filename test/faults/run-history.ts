import { adaptiveSchedule, createPipeline, type Plugin } from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { checkHistory } from "../../packages/testkit/src/history/check-history.ts";
import type { BacklogSample, History, SourceState, Violation } from "../../packages/testkit/src/history/observation.ts";
import { seededRandom } from "../../packages/testkit/src/history/random.ts";
import { tellKey } from "../../packages/testkit/src/history/tell-key.ts";
import { contentOf, FaultyDownstream } from "./faulty-downstream.ts";
import { categories, facts, schema, strategies } from "./shop.ts";
import { type Record, runClient } from "./workload.ts";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clients = 4;

export interface HistoryOptions {
  readonly transactions?: number;
  /** A bug on purpose, in every worker. */
  readonly plugin?: () => Plugin;
  /** Records in another way than the pipeline does. */
  readonly record?: (url: string, record: Record) => Record;
}

export interface HistoryResult {
  readonly violations: readonly Violation[];
  readonly transactions: number;
  readonly changes: number;
  readonly calls: number;
  readonly faults: { readonly [fault: string]: number };
  /** What to print where there are violations: the seed, each violation, and the first key's whole history. */
  readonly story: string;
}

type Worker = ReturnType<typeof openWorker>;

function openWorker(url: string, baseUrl: string, plugin: Plugin | undefined) {
  return createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url, max: 4 }),
    categories,
    strategies,
    downstreams: { shop: http({ baseUrl }) },
    log: silent,
    schedule: adaptiveSchedule({ minMs: 5, maxMs: 30 }),
    tuning: { leaseMs: 4_000, breakerOpenMs: 20, breakerMaxOpenMs: 80, throttleMs: 20, prefetchLimit: 20 },
    plugins: plugin === undefined ? [] : [plugin],
  });
}

/** One random history on an empty database: clients and faults, then rest, then judgement. */
export async function runHistory(url: string, seed: number, options: HistoryOptions = {}): Promise<HistoryResult> {
  const random = seededRandom(seed);
  const downstream = new FaultyDownstream(random.fork("downstream"));
  const baseUrl = await downstream.listen();
  const pool = new pg.Pool({ connectionString: url, max: clients + 2 });
  pool.on("error", () => {});
  const workers = [0, 1].map(() => openWorker(url, baseUrl, options.plugin?.()));
  const [first] = workers as [Worker, Worker];
  const transactions = options.transactions ?? 40;
  try {
    await pool.query(schema);
    await first.migrate();
    for (const worker of workers) await worker.start();
    const plain: Record = (tx, changes) => first.recorder.record(tx, changes);
    const record = options.record?.(url, plain) ?? plain;
    const samples: BacklogSample[] = [];
    const running = Promise.all(
      Array.from({ length: clients }, (_, index) =>
        runClient(pool, random.fork(`client ${index}`), `c${index}`, transactions, record),
      ),
    );
    let ended = false;
    void running.finally(() => {
      ended = true;
    });
    while (!ended) samples.push(...(await sample(first, pool)));
    await running;
    downstream.healed = true;
    await rest(first);
    const history = await observe(pool, first, downstream, samples);
    const violations = checkHistory(history);
    return {
      violations,
      transactions: transactions * clients,
      changes: history.changes.length,
      calls: history.arrivals.length,
      faults: downstream.counts,
      story: tell(seed, history, violations),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop({ timeoutMs: 1_000 })));
    await downstream.close();
    await pool.end();
  }
}

async function sample(worker: Worker, pool: pg.Pool): Promise<readonly BacklogSample[]> {
  const at = Date.now();
  const { strategies: backlogs } = await worker.status();
  const { rows } = await pool.query<{ readonly category: string; readonly count: string }>(
    "SELECT category, count(DISTINCT key) FROM truth GROUP BY category",
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  return backlogs.map((each) => ({
    at,
    strategy: each.strategy,
    deliveries: each.due + each.blocked + each.waiting + each.leased + each.dead + each.held,
    changedKeys: Number(
      rows.find((row) => row.category === facts.find(({ name }) => name === each.strategy)?.category)?.count ?? 0,
    ),
  }));
}

/** Until nothing is recorded, due, waiting or leased: only dead letters, and what stands behind them, may remain. */
async function rest(worker: Worker): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    const status = await worker.status();
    const busy =
      status.changes + status.strategies.reduce((sum, each) => sum + each.due + each.waiting + each.leased, 0);
    if (busy === 0 || performance.now() > giveUpAt) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function observe(
  pool: pg.Pool,
  worker: Worker,
  { arrivals }: FaultyDownstream,
  samples: readonly BacklogSample[],
): Promise<History> {
  const { rows: changes } = await pool.query<History["changes"][number]>(
    "SELECT (extract(epoch FROM at) * 1000)::float8 AS at, category, key, stamp FROM truth ORDER BY truth.at",
  );
  const { items: deadLetters } = await worker.deadLetters.list({ limit: 1_000 });
  const source: SourceState[] = [];
  for (const each of strategies) {
    const keys = new Set(changes.filter(({ category }) => category === each.category.name).map(({ key }) => key));
    for (const key of keys) {
      const [value] = Object.values(JSON.parse(key) as { readonly [field: string]: string });
      const { rows } = await pool.query(
        each.query.replace(/:(orderId|customerId)/, () => "$1::bigint"),
        [value],
      );
      source.push({ strategy: each.name, key, content: contentOf(rows) });
    }
  }
  // The customers' rows were there before anybody recorded anything.
  const setUp = { at: 0, category: "none", key: "", stamp: "first" };
  return { strategies: facts, changes: [setUp, ...changes], arrivals, deadLetters, samples, source, overruns: [] };
}

function tell(seed: number, history: History, violations: readonly Violation[]): string {
  const [first] = violations;
  if (first === undefined) return `seed ${seed}: no violation`;
  return [
    `seed ${seed} (the same seed makes the same choices; how they interleave is the machine's)`,
    ...violations.map(({ kind, strategy, key, message }) => `${kind} ${strategy} ${key}: ${message}`),
    ...tellKey(history, first.strategy, first.key),
  ].join("\n");
}
