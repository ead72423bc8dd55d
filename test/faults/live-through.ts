import type { Pipeline } from "@syncline/core";
import pg from "pg";
import type { BacklogSample, History, SourceState } from "../../packages/testkit/src/history/observation.ts";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import { contentOf, type FaultyDownstream } from "./faulty-downstream.ts";
import { pauseFor } from "./pause-for.ts";
import { facts, strategies } from "./shop.ts";
import { type Stall, watchStalls } from "./stalls.ts";
import { type Load, type Record, runClient } from "./workload.ts";

const clients = 4;
/** For this long an answer may be on its way to a process when it can do nothing, and what it missed be seen afterwards. */
export const aroundMs = 100;

/** What happened to the workers and their database meanwhile. */
export interface Havoc {
  /** Until now: workers may stall while all comes to rest, too. */
  readonly overruns: () => History["overruns"];
  readonly hangUps: History["hangUps"];
  readonly lapses: number;
  /** What did not do what it must when something happened to it. */
  readonly failures: readonly string[];
}

export interface Scene {
  /** Of the application: straight to the database. */
  readonly url: string;
  /** Tells of the backlog and the dead letters; whether it also works does not matter. */
  readonly operator: Pipeline<pg.ClientBase>;
  readonly downstream: FaultyDownstream;
  readonly random: Random;
  readonly load: Load;
  readonly record: Record;
  /** How long the faults go on at least. */
  readonly atLeastMs: number;
  /** How long all may take to come to rest. */
  readonly patienceMs: number;
  /** Does harm until the signal fires, and then heals it. */
  readonly wreakHavoc: (signal: AbortSignal) => Promise<Havoc>;
}

export interface Lived {
  readonly history: History;
  readonly transactions: number;
}

/** Clients, faults and workers at once; then all heals, all comes to rest, and what was seen is the history. */
export async function liveThrough(scene: Scene): Promise<Lived> {
  const { operator, downstream, random, load } = scene;
  const pool = new pg.Pool({ connectionString: scene.url, max: clients + 2 });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    const over = new AbortController();
    const samples: BacklogSample[] = [];
    const stalls: Stall[] = [];
    // The downstream's log is written here: what came while this process stalled has a later time in it.
    const endWatch = watchStalls((stall) => stalls.push(stall));
    const havoc = scene.wreakHavoc(over.signal);
    const sampling = sampleUntil(over.signal, operator, pool, samples);
    const names = Array.from({ length: clients }, (_, index) => `c${index}`);
    await Promise.all([
      pauseFor(scene.atLeastMs),
      ...names.map((name) => runClient(pool, random.fork(`client ${name}`), name, load, scene.record)),
    ]);
    over.abort();
    const [done] = await Promise.all([havoc, sampling]);
    downstream.heal();
    const unrest = [(await rest(operator, scene.patienceMs)) ?? [], done.failures].flat();
    const history = await observe(pool, operator, downstream, samples);
    endWatch();
    const overruns = [...done.overruns(), ...stalls.map(aroundStall)];
    return {
      history: {
        ...history,
        overruns,
        hangUps: done.hangUps,
        lapses: done.lapses,
        unrest: unrest.length > 0 ? unrest.join("; ") : undefined,
      },
      transactions: load.transactions * clients,
    };
  } finally {
    await pool.end();
  }
}

export function aroundStall({ from, until }: Stall): { readonly from: number; readonly to: number } {
  return { from: from - aroundMs, to: until + aroundMs };
}

type Operator = Scene["operator"];

async function sampleUntil(signal: AbortSignal, operator: Operator, pool: pg.Pool, samples: BacklogSample[]) {
  while (!signal.aborted) {
    // Where the database is away there is nothing to be seen.
    samples.push(...(await sample(operator, pool).catch(() => [])));
    await pauseFor(20);
  }
}

async function sample(operator: Operator, pool: pg.Pool): Promise<readonly BacklogSample[]> {
  const at = Date.now();
  const { strategies: backlogs } = await operator.status();
  const { rows } = await pool.query<{ readonly category: string; readonly count: string }>(
    "SELECT category, count(DISTINCT key) FROM truth GROUP BY category",
  );
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
async function rest(operator: Operator, patienceMs: number): Promise<string | undefined> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const moving = await whatMoves(operator).catch(String);
    if (moving === undefined) return undefined;
    if (performance.now() > giveUpAt) return `after ${patienceMs} ms: ${moving}`;
    await pauseFor(20);
  }
}

async function whatMoves(operator: Operator): Promise<string | undefined> {
  const { changes, strategies: backlogs } = await operator.status();
  const moving = backlogs.filter(({ due, waiting, leased }) => due + waiting + leased > 0);
  if (changes === 0 && moving.length === 0) return undefined;
  const each = moving.map((one) => `${one.strategy}: ${one.due} due, ${one.waiting} waiting, ${one.leased} leased`);
  return [`${changes} changes`, ...each].join("; ");
}

type Seen = Omit<History, "overruns" | "hangUps" | "lapses" | "unrest">;

async function observe(
  pool: pg.Pool,
  operator: Operator,
  { arrivals, severed }: FaultyDownstream,
  samples: readonly BacklogSample[],
): Promise<Seen> {
  const { rows: changes } = await pool.query<History["changes"][number]>(
    "SELECT (extract(epoch FROM at) * 1000)::float8 AS at, category, key, stamp FROM truth ORDER BY truth.at",
  );
  const { items } = await operator.deadLetters.list({ limit: 1_000 });
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
  const deadLetters = items.map(({ strategy, key, state, failure }) => ({ strategy, key, state, code: failure.code }));
  return { strategies: facts, changes: [setUp, ...changes], arrivals, deadLetters, samples, source, severed };
}
