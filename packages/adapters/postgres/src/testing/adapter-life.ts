import type { Blockers, Change, Failure, QueryResult, Settlement } from "@syncline/core/spi";
import pg from "pg";
import { postgres } from "../adapter.ts";
import { postgresDialect } from "../dialect.ts";
import { postgresRecorder } from "../recorder.ts";
import { keepingLogger, leaseOf, never, routeTo } from "./session.ts";

/** The logins of a database as the documentation asks for them, each its own. */
export interface Logins {
  /** Owns Syncline's schema. */
  readonly worker: string;
  /** May SELECT from `orders`. */
  readonly reader: string;
  /** May record. */
  readonly application: string;
  /** Who does by hand what no part of the adapter does. Default: the worker's login. */
  readonly administrator?: string;
  readonly readOnReplica?: boolean;
  /** Run on each new connection of theirs, which are of pools of the application's. */
  readonly onConnect?: readonly string[];
}

const orderKey = (id: number) => `{"orderId":"${id}"}`;

function change(id: number, operation: "upsert" | "delete" = "upsert"): Change {
  return { category: "order", condition: { orderId: String(id) }, key: orderKey(id), operation };
}

const failure: Failure = { kind: "downstream", code: "http.422", message: "no" } as unknown as Failure;

/**
 * Everything that the adapter can be asked, once, with what came of it. Nothing in that depends on times or
 * on numbers drawn, so that two lives can be compared.
 */
export async function adapterLife(logins: Logins): Promise<{ readonly [step: string]: unknown }> {
  const pools: pg.Pool[] = [];
  const poolOf = (connectionString: string, max = 2) => {
    const pool = new pg.Pool({ connectionString, max, pipeline: true });
    pool.on("error", () => {});
    pool.on("connect", (client) => {
      for (const text of logins.onConnect ?? []) client.query(text).catch(() => {});
    });
    pools.push(pool);
    return pool;
  };
  const isOwn = logins.onConnect === undefined;
  const session = postgres({
    ...(isOwn ? { connectionString: logins.worker, max: 2 } : { pool: poolOf(logins.worker) }),
    query: isOwn ? { connectionString: logins.reader } : { pool: poolOf(logins.reader) },
    wakeUp: { notify: true, debounceMs: 0, connectionString: logins.worker },
  }).open({ log: keepingLogger().log });
  const application = poolOf(logins.application, 1);
  const administrator = logins.administrator ?? logins.worker;
  const seen: { [step: string]: unknown } = {};
  try {
    const applied = (await session.migrate(never)).applied.length > 0;
    Object.assign(seen, { applied, schema: await session.checkSchema(never) });
    const { poller, backlog, strategyStore, queryRunner, changeSignal } = session;
    let woken = 0;
    const stopListening = await changeSignal?.listen(() => {
      woken += 1;
    });

    seen.strategies = await editStrategies(logins, poolOf(administrator, 1));
    seen.loaded = (await strategyStore?.load(never))?.strategies;
    await grantRecording(poolOf(administrator, 1));
    await recordInAllWays(application);
    const lease = { lease: leaseOf() };
    const dispatched = await poller.dispatch(1_000, routeTo("folded", lease), never);
    seen.dispatched = [dispatched.status, dispatched.taken, dispatched.inserted, dispatched.folded];
    seen.renewed = (await poller.renew(dispatched.claims, 60_000)).length;
    // Newer changes for one that is leased: settled as accepted it is due again.
    await record(application, [change(1, "delete")]);
    const folded = await poller.dispatch(1_000, routeTo("folded", lease), never);
    seen.folded = [folded.inserted, folded.folded];
    const [first, second, third, fourth, fifth, ...others] = dispatched.claims;
    if (
      first === undefined ||
      second === undefined ||
      third === undefined ||
      fourth === undefined ||
      fifth === undefined
    )
      throw new Error("fewer than five deliveries were leased");
    const settlements: Settlement[] = [
      { result: "accepted", claim: first },
      { result: "retry", claim: second, delayMs: 0, failure },
      { result: "dead", claim: third, failure },
      { result: "held", claim: fourth, failure },
      { result: "released", claim: fifth, delayMs: 0 },
      { result: "accepted", claim: { ...first, id: "1" } },
    ];
    seen.settled = await poller.settle(settlements);
    seen.accepted = await poller.settle(others.map((claim) => ({ result: "accepted", claim })));
    seen.letters = (await backlog.deadLetters({}, never)).items.map(({ key, state, failure: f }) => [
      key,
      state,
      f.code,
    ]);
    seen.lettersOf = (await backlog.deadLetters({ strategy: "folded", limit: 1 }, never)).items.length;

    const demands = [
      { strategy: "folded", count: 10, strict: false },
      { strategy: "strict", count: 10, strict: true },
    ];
    await backlog.pause("folded", never);
    seen.paused = (await poller.claim(demands, leaseOf(), never)).length;
    seen.statusPaused = statusOf(await backlog.status(never));
    await backlog.resume("folded", never);
    const claims = await poller.claim(demands, leaseOf(), never);
    seen.claimed = claims.map(({ key, operation, attempts }) => [key, operation, attempts]);
    await poller.settle(claims.map((claim) => ({ result: "accepted", claim })));
    const [letter] = (await backlog.deadLetters({}, never)).items;
    seen.requeued = [
      await backlog.requeue({ ids: letter === undefined ? [] : [letter.id] }, never),
      await backlog.discard({ strategy: "folded" }, never),
    ];

    const worker = crypto.randomUUID();
    const left = { strategy: "folded", withHeld: true, most: 100 };
    seen.attending = await session.strandedWork?.attend(worker, ["strict"], 60_000, never);
    seen.attended = await session.strandedWork?.attend(crypto.randomUUID(), [], 0, never);
    seen.stranded = (await session.strandedWork?.list(["strict"], never))?.map(({ strategy }) => strategy);
    seen.moved = await session.strandedWork?.move(left, { strategy: "strict", category: "gone" }, never);
    seen.discarded = await session.strandedWork?.discard(left, never);

    seen.blocked = await holdingTheRow(poolOf(administrator, 1), () => poller.blockers?.(never));
    seen.reviewed = ((await session.reviewRights?.(never)) ?? []).length > 0;

    // One by one, and within a quiet window; some of no known category.
    await record(application, [change(21), change(21), change(22)]);
    await poller.dispatch(1_000, routeTo("strict", { strict: true, ...lease }), never);
    await record(application, [change(31), change(32)]);
    const quiet = { debounce: { quietMs: 60_000, maxMs: 120_000 } };
    await poller.dispatch(1_000, routeTo("quiet", quiet), never);
    await record(application, [change(31)]);
    const put = await poller.dispatch(1_000, routeTo("quiet", quiet), never);
    seen.debounced = [put.inserted, put.folded];
    await record(application, [change(41)]);
    const reason = { kind: "unknown-category" };
    seen.refused = await poller
      .dispatch(
        1_000,
        (changes) =>
          ({ deliveries: [], refused: changes.map((each) => ({ change: each, reason: "unknown" })) }) as never,
        never,
      )
      .then((result) => [result.status, result.taken, reason.kind]);
    seen.readmitted = await backlog.readmit(["order"], never);
    const category = { name: "order", fields: { orderId: "bigint" } } as const;
    seen.backfilled = [
      await backlog.backfill({ strategy: "folded", changes: [change(51), change(52)] }, never),
      await backlog.backfill(
        { strategy: "folded", category: category as never, keys: 'SELECT id AS "orderId" FROM orders' },
        never,
      ),
    ];
    const last = await poller.dispatch(1_000, routeTo("folded"), never);
    seen.last = [last.taken, last.inserted, last.folded];
    seen.idle = (await poller.dispatch(1_000, routeTo("folded"), never)).taken;
    seen.status = statusOf(await backlog.status(never));
    for (let patience = 2_000; woken === 0 && patience > 0; patience--)
      await new Promise((resolve) => setTimeout(resolve, 5));
    seen.woken = woken > 0;
    await stopListening?.();
    Object.assign(seen, await reads(queryRunner));
    return seen;
  } finally {
    await session.close();
    await Promise.all(pools.map((pool) => pool.end()));
  }

  async function reads(runner: typeof session.queryRunner): Promise<{ readonly [step: string]: unknown }> {
    // What a strategy's author writes keeps the reader's search path: tables are found by it, and it is he
    // who names operators.
    const template = (...parameters: readonly string[]) =>
      `SELECT o.id, o.note FROM orders AS o
        WHERE o.id OPERATOR(pg_catalog.=) ${parameters[0]} AND o.kind OPERATOR(pg_catalog.=) ${parameters[1]}`;
    const fields = [
      { name: "orderId", column: "orderId", type: "bigint", sqlType: '"pg_catalog"."int8"' },
      { name: "kind", column: "kind", type: "string", sqlType: '"public"."kind"' },
    ] as const;
    const conditions = [1, 2, 3].map((id) => ({ orderId: String(id), kind: "a" }));
    const limits = { timeoutMs: 10_000, maxRows: 100, numbers: "string" } as const;
    const { joinLateral, bindKeys, attestOne, keyColumn, attest } = postgresDialect as Required<typeof postgresDialect>;
    const described = await runner.describe?.(
      {
        text: template("$1", "$2"),
        sharedText: template("$1", "$2"),
        occurrences: [
          { name: "orderId", type: "bigint" },
          { name: "kind", type: "string" },
        ],
      },
      never,
    );
    const columns = template(...fields.map((field) => keyColumn(field)));
    const sets = (["joined", "fenced"] as const).map((form) => ({
      text: joinLateral(columns, fields, form),
      parameters: bindKeys(fields, conditions),
    }));
    const single = { text: attestOne(columns, fields), parameters: ["1", "a"] };
    const fixed = {
      text: attest(template("CAST('1' AS pg_catalog.int8)", "CAST('a' AS public.kind)")),
      parameters: [],
    };
    const sorted = (results: readonly QueryResult[]) =>
      results.map(({ rows }) => rows.map((row) => JSON.stringify(row)).sort());
    // So often that its plan is looked at, and kept.
    for (let times = 0; times < 10; times += 1) await runner.run([single], limits, never);
    return {
      described,
      rows: sorted(await runner.run([...sets, single, fixed], limits, never)),
      estimated: (await runner.estimate?.([...sets, single], never))?.map((cost) => cost !== undefined),
    };
  }
}

function statusOf({
  changes,
  refused,
  strategies,
}: {
  changes: number;
  refused: number;
  strategies: readonly object[];
}) {
  return { changes, refused, strategies: strategies.map((each) => ({ ...each, oldestAgeMs: 0 })) };
}

/**
 * By the application's own session: nothing but names of its own, so that all that could be caught is ours.
 */
async function record(application: pg.Pool, changes: readonly Change[], preparedStatements = false): Promise<void> {
  const recorder = postgresRecorder({ wakeUp: { notify: true, debounceMs: 0 }, preparedStatements });
  await inTransaction(application, (client) => recorder.record(client, changes));
}

async function recordInAllWays(application: pg.Pool): Promise<void> {
  for (const prepared of [false, true]) {
    for (const notify of [false, true]) {
      const recorder = postgresRecorder({ wakeUp: { notify, debounceMs: 0 }, preparedStatements: prepared });
      await inTransaction(application, async (client) => {
        await recorder.record(client, [change(1)]);
        await recorder.record(client, [change(2), change(3), change(4)]);
        await recorder.record(client, [change(5), change(6, "delete")]);
      });
    }
  }
  await inTransaction(application, async (client) => {
    await client.query("SELECT syncline.record_change('order', $1)", [orderKey(7)]);
    await client.query("SELECT syncline.record_change('order', $1, 'delete')", [orderKey(8)]);
    await client.query("SELECT syncline.record_changes('order', $1)", [`[${orderKey(9)},${orderKey(10)}]`]);
  });
}

async function inTransaction(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

async function grantRecording(worker: pg.Pool): Promise<void> {
  await worker.query("GRANT USAGE ON SCHEMA syncline TO application; GRANT INSERT ON syncline.change TO application");
}

async function editStrategies(_: Logins, worker: pg.Pool): Promise<unknown> {
  const insert = "INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)";
  for (const name of ["folded", "strict", "gone"])
    await worker.query(insert, [name, JSON.stringify({ category: "order" })]);
  await worker.query("UPDATE syncline.strategy SET definition = definition");
  await worker.query("BEGIN; TRUNCATE syncline.strategy; ROLLBACK");
  const bad = await worker.query(insert, ["bad", "[]"]).then(
    () => "taken",
    (error: { code?: string }) => error.code,
  );
  return bad;
}

/** Who is in the way, while somebody has locked the dispatcher's row. */
async function holdingTheRow(pool: pg.Pool, ask: () => Promise<Blockers> | undefined): Promise<unknown> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT FROM syncline.dispatcher FOR UPDATE");
    return (await ask())?.sessions.map(({ holds, role }) => [holds, role]);
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}
