import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { postgresRecorder } from "./recorder.ts";
import { findPgBouncer, type PgBouncer, startPgBouncer } from "./testing/pgbouncer.ts";
import { readingRunner } from "./testing/reading-runner.ts";
import { accepted, leaseOf, never, openPool, openSession, routeTo } from "./testing/session.ts";

const binary = findPgBouncer();
if (binary === undefined) console.log("Skipped: through PgBouncer. There is no pgbouncer on this machine.");

const url = await testDatabase();
let bouncer: PgBouncer | undefined;

beforeAll(async () => {
  if (binary !== undefined) bouncer = await startPgBouncer(binary, url);
});
afterAll(() => bouncer?.stop());

function through(): string {
  if (bouncer === undefined) throw new Error("pgbouncer does not run");
  return bouncer.url;
}

test.skipIf(binary === undefined)(
  "everything works through a pooler in transaction mode that has fewer connections than we have",
  async () => {
    const options = { connectionString: through(), preparedStatements: false, max: 8 };
    const workers = [openSession(options), openSession(options)];
    const [first] = workers;
    if (first === undefined) throw new Error("no worker");
    const reports = await Promise.all(workers.map(({ migrate }) => migrate(never)));
    expect(reports.flatMap((report) => report.applied)).not.toEqual([]);
    expect(await first.checkSchema(never)).toBeUndefined();

    const pool = openPool(through(), 8);
    const recorder = postgresRecorder({ wakeUp: { notify: true, debounceMs: 0 } });
    const keys = Array.from({ length: 60 }, (_, index) => `{"orderId":"${index}"}`);
    await Promise.all(
      keys.map(async (key) => {
        const client = await pool.connect();
        await client.query("BEGIN");
        await recorder.record(client, [{ category: "order", condition: {}, key, operation: "upsert" }]);
        await client.query("COMMIT");
        client.release();
      }),
    );
    const delivered: string[] = [];
    const work = async ({ poller, backlog, queryRunner, strategyStore }: (typeof workers)[number]) => {
      for (let idle = 0; idle < 3; ) {
        const { taken } = await poller.dispatch(7, routeTo("crm"), never);
        const claims = await poller.claim([{ strategy: "crm", count: 5, strict: false }], leaseOf(), never);
        await poller.renew(claims, 60_000);
        const limits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" } as const;
        await queryRunner.run([{ text: "SELECT $1::bigint", parameters: ["1"] }], limits, never);
        await Promise.all([backlog.status(never), strategyStore?.load(never)]);
        const effects = await poller.settle(accepted(claims));
        expect(effects.every((effect) => effect === "applied")).toBe(true);
        delivered.push(...claims.map((claim) => claim.key));
        idle = taken + claims.length === 0 ? idle + 1 : 0;
      }
    };
    await Promise.all([...workers, ...workers, ...workers].map(work));
    expect([...delivered].sort()).toEqual([...keys].sort());
    expect((await first.backlog.status(never)).strategies).toEqual([]);
  },
  60_000,
);

test.skipIf(binary === undefined)("reads keep nothing on connections that a pooler gives to others", async () => {
  const pool = new pg.Pool({ connectionString: through(), max: 2, pipeline: true });
  const runner = readingRunner({ pool, keeps: "all" });
  const direct = openPool(url, 1);
  await direct.query(
    "CREATE TABLE pooled AS SELECT id, 'n' || id AS name FROM generate_series(1, 5000) AS id; ALTER TABLE pooled ADD PRIMARY KEY (id); ANALYZE pooled",
  );
  const limits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" } as const;
  const read = { text: "SELECT name FROM pooled WHERE id = $1", parameters: ["7"] };
  for (let round = 0; round < 30; round += 1) {
    const results = await Promise.all([1, 2].map(() => runner.run([read], limits, never)));
    expect(results.flat().map(({ rows }) => rows)).toEqual([[["n7"]], [["n7"]]]);
  }
  const kept = `SELECT current_setting('IntervalStyle'), current_setting('row_security'), count(*)::int
    FROM pg_prepared_statements, pg_sleep(0.05)`;
  const clients = openPool(through(), 3);
  const found = await Promise.all([1, 2, 3].map(() => clients.query({ text: kept, rowMode: "array" })));
  expect(found.flatMap(({ rows }) => rows)).toEqual(Array(3).fill(["postgres", "on", 0]));
  await pool.end();
});

test.skipIf(binary === undefined)("workers listen on a direct connection beside it", async () => {
  const wakeUp = { notify: true, connectionString: url };
  const { changeSignal } = openSession({ connectionString: through(), preparedStatements: false, wakeUp });
  let wakes = 0;
  const stop = await changeSignal?.listen(() => wakes++);
  const pool = openPool(through());
  await pool.query("NOTIFY syncline_change");
  while (wakes < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await stop?.();
});

test.skipIf(binary === undefined)(
  "an aborted read ends at the server, and one that brings too much as well",
  async () => {
    const { queryRunner } = openSession({ connectionString: through(), preparedStatements: false, max: 2 });
    const pool = openPool(url);
    const sleeping = async () => {
      const { rows } = await pool.query(
        "SELECT FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND wait_event = 'PgSleep'",
      );
      return rows.length;
    };
    const limits = { timeoutMs: 50_000, maxRows: 10, maxBytes: 50_000, numbers: "string" } as const;
    const wide = "SELECT repeat('x', 500000) UNION ALL SELECT pg_sleep(600)::text";
    for (const text of [wide, "SELECT pg_sleep(600)", wide]) {
      const abort = new AbortController();
      const reading = queryRunner.run([{ text, parameters: [] }], limits, abort.signal).catch(({ code }) => code);
      if (text !== wide) await vi.waitUntil(async () => (await sleeping()) === 1);
      if (text !== wide) abort.abort();
      expect(await reading).toBe(text === wide ? "query.byte-limit" : "operation.aborted");
      await vi.waitUntil(async () => (await sleeping()) === 0);
    }
  },
);
