import { adaptiveSchedule, createPipeline, type Plugin } from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { checkHistory } from "../../packages/testkit/src/history/check-history.ts";
import type { History, Violation } from "../../packages/testkit/src/history/observation.ts";
import { seededRandom } from "../../packages/testkit/src/history/random.ts";
import { tellKey } from "../../packages/testkit/src/history/tell-key.ts";
import { FaultyDownstream, sentNow } from "./faulty-downstream.ts";
import { historyTuning } from "./history-tuning.ts";
import { type Lived, liveThrough } from "./live-through.ts";
import { categories, schema, strategies } from "./shop.ts";
import type { Record } from "./workload.ts";

export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface HistoryOptions {
  readonly transactions?: number;
  /** How long all may take to come to rest. Default 30 s. */
  readonly patienceMs?: number;
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

function openWorker(url: string, baseUrl: string, plugin: Plugin | undefined) {
  return createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url, max: 4 }),
    categories,
    strategies,
    downstreams: { shop: http({ baseUrl }) },
    log: silent,
    trace: sentNow,
    schedule: adaptiveSchedule({ minMs: 5, maxMs: 30 }),
    tuning: { ...historyTuning, leaseMs: 4_000 },
    plugins: plugin === undefined ? [] : [plugin],
  });
}

/** One random history on an empty database, with workers in this process: clients and faults, then rest, then judgement. */
export async function runHistory(url: string, seed: number, options: HistoryOptions = {}): Promise<HistoryResult> {
  const random = seededRandom(seed);
  const downstream = new FaultyDownstream(random.fork("downstream"));
  const baseUrl = await downstream.listen();
  const workers = [0, 1].map(() => openWorker(url, baseUrl, options.plugin?.()));
  const operator = workers[0] ?? openWorker(url, baseUrl, undefined);
  try {
    await createSchema(url);
    await operator.migrate();
    for (const worker of workers) await worker.start();
    const plain: Record = (tx, changes) => operator.recorder.record(tx, changes);
    const lived = await liveThrough({
      url,
      operator,
      downstream,
      random,
      load: { transactions: options.transactions ?? 40, pauseMs: 0 },
      record: options.record?.(url, plain) ?? plain,
      atLeastMs: 0,
      patienceMs: options.patienceMs ?? 30_000,
      wreakHavoc: async () => ({ overruns: () => [], hangUps: [], lapses: 0, failures: [] }),
    });
    return judge(seed, lived, downstream.counts);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop({ timeoutMs: 1_000 })));
    await downstream.close();
  }
}

async function createSchema(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(schema);
  await client.end();
}

export function judge(seed: number, { history, transactions }: Lived, faults: HistoryResult["faults"]): HistoryResult {
  const violations = checkHistory(history);
  return {
    violations,
    transactions,
    changes: history.changes.length,
    calls: history.arrivals.length,
    faults,
    story: tell(seed, history, violations),
  };
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
