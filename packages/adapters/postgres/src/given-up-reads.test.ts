import { isSynclineError, type QueryRunner, type Statement } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createQueryRunner } from "./query-runner.ts";
import { readingRunner } from "./testing/reading-runner.ts";

const url = await testDatabase();
const never = new AbortController().signal;
const observer = new pg.Pool({ connectionString: url, max: 2 });
const limits = { timeoutMs: 50_000, maxRows: 10, numbers: "string" } as const;
const reader = `given_up_${process.pid}`;
/** Only ends what hangs: a busy machine takes its time. */
const patience = { timeout: 30_000 };
const pools: pg.Pool[] = [];

beforeAll(async () => {
  await observer.query(`
    CREATE ROLE ${reader} LOGIN PASSWORD 'reader';
    CREATE FUNCTION deaf() RETURNS text LANGUAGE plpgsql AS $$
      BEGIN
        LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN END; END LOOP;
      END $$`);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
  await vi.waitUntil(async () => (await processes()) === 0, patience);
});
afterAll(async () => {
  await observer.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  await observer.end();
});

function poolOf(max: number, login?: string): pg.Pool {
  const address = new URL(url);
  if (login !== undefined) [address.username, address.password] = [login, "reader"];
  const pool = new pg.Pool({ connectionString: address.href, max, application_name: "reads", pipeline: true });
  pool.on("error", () => {});
  pools.push(pool);
  return pool;
}

/** A row that is more than may be sent, and then nothing for very long. */
const wide: Statement = { text: "SELECT repeat('x', 500000) UNION ALL SELECT pg_sleep(600)::text", parameters: [] };
const endless: Statement = { text: "SELECT pg_sleep(600)", parameters: [] };
const deaf: Statement = { text: "SELECT deaf()", parameters: [] };
const quick: Statement = { text: "SELECT 1", parameters: [] };

async function failureOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => "it did not fail",
    (error: unknown) => (isSynclineError(error) ? error.code : String(error)),
  );
}

/** @param text part of the statement: a quick one may be answered and still be ending. */
async function working(text = ""): Promise<number> {
  const { rows } = await observer.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE application_name = 'reads' AND state = 'active' AND strpos(query, $1) > 0`,
    [text],
  );
  return rows[0].n;
}

async function endlessRead(runner: QueryRunner, statement = endless) {
  const abort = new AbortController();
  const before = await working();
  const failure = failureOf(runner.run([statement], limits, abort.signal));
  await vi.waitUntil(async () => (await working()) > before, patience);
  return { abort: () => abort.abort(), failure };
}

async function processes(): Promise<number> {
  const { rows } = await observer.query(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'reads'",
  );
  return rows[0].n;
}

describe.each(["none", "all"] as const)("on connections that keep %s of their settings", (keeps) => {
  test("a read that brings too much leaves nothing running, and a pool of two is two server processes", async () => {
    const runner = readingRunner({ keeps, pool: poolOf(2) });
    let most = 0;
    for (let round = 0; round < 5; round += 1) {
      const reads = [1, 2, 3, 4].map(() => failureOf(runner.run([wide], { ...limits, maxBytes: 50_000 }, never)));
      expect(await Promise.all(reads)).toEqual(Array(4).fill("query.byte-limit"));
      most = Math.max(most, await working());
    }
    expect(most).toBeLessThanOrEqual(2);
    await vi.waitUntil(async () => (await working()) === 0, patience);
  });

  test("what does not hear a cancel is ended with its process, and until then keeps its place", async () => {
    const pool = poolOf(1);
    const runner = readingRunner({ keeps, pool });
    const { abort, failure } = await endlessRead(runner, deaf);
    abort();
    expect(await failure).toBe("operation.aborted");
    expect([pool.totalCount, await working()]).toEqual([1, 1]);
    expect(await failureOf(runner.run([quick], limits, never))).toBe("it did not fail");
    expect(await working("deaf")).toBe(0);
  });

  test("a read of a login that begins as another role is ended, too", async () => {
    await observer.query(
      `CREATE ROLE ${reader}_as; GRANT ${reader}_as TO ${reader}; ALTER ROLE ${reader} SET role = ${reader}_as`,
    );
    try {
      const { abort, failure } = await endlessRead(readingRunner({ keeps, pool: poolOf(1, reader) }));
      abort();
      expect(await failure).toBe("operation.aborted");
      expect(await working("pg_sleep")).toBe(0);
    } finally {
      await observer.query(`ALTER ROLE ${reader} RESET role; DROP ROLE ${reader}_as`);
    }
  });

  test("a cancel ends the read that it is meant for, and no other of the login", async () => {
    const runner = readingRunner({ keeps, pool: poolOf(3) });
    const reads = [await endlessRead(runner), await endlessRead(runner), await endlessRead(runner)];
    for (const [index, { abort, failure }] of reads.entries()) {
      abort();
      expect(await failure).toBe("operation.aborted");
      expect(await working()).toBe(2 - index);
    }
  });

  test("a cancel never hits what its connection runs next, whenever it comes", async () => {
    const runner = readingRunner({ keeps, pool: poolOf(1) });
    for (let round = 0; round < 100; round += 1) {
      const abort = new AbortController();
      const reading = failureOf(runner.run([{ text: "SELECT pg_sleep(0.003)", parameters: [] }], limits, abort.signal));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
      abort.abort();
      expect(["operation.aborted", "it did not fail"]).toContain(await reading);
      expect(await failureOf(runner.run([quick], limits, never))).toBe("it did not fail");
    }
  });

  test("the connection for cancels is made again when it was lost", async () => {
    const runner = readingRunner({ keeps, pool: poolOf(1) });
    for (let round = 0; round < 2; round += 1) {
      const { abort, failure } = await endlessRead(runner);
      abort();
      expect(await failure).toBe("operation.aborted");
      expect(await working()).toBe(0);
      await observer.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%cancel'",
      );
    }
  });

  test("a server that shows no statements counts as still reading, until the process is gone", async () => {
    await observer.query(`ALTER ROLE ${reader} SET track_activities = off`);
    try {
      const runner = readingRunner({ keeps, pool: poolOf(2, reader) });
      const short = { ...limits, timeoutMs: 700, maxBytes: 50_000 };
      let most = 0;
      for (let round = 0; round < 4; round += 1) {
        const reads = [1, 2].map(() => failureOf(runner.run([wide], short, never)));
        expect(await Promise.all(reads)).toEqual(Array(2).fill("query.byte-limit"));
        most = Math.max(most, await processes());
      }
      expect(most).toBeLessThanOrEqual(2);
      expect(await failureOf(runner.run([quick], limits, never))).toBe("it did not fail");
    } finally {
      await observer.query(`ALTER ROLE ${reader} RESET track_activities`);
    }
  });

  test("a login that may not cancel has its places back when its reads have come to their own end", async () => {
    await observer.query(
      `REVOKE EXECUTE ON FUNCTION pg_cancel_backend(int), pg_terminate_backend(int, bigint) FROM PUBLIC`,
    );
    try {
      const pool = poolOf(2, reader);
      const runner = readingRunner({ keeps, pool });
      const short = { ...limits, timeoutMs: 700, maxBytes: 50_000 };
      const reads = [1, 2, 3, 4, 5, 6].map(() => failureOf(runner.run([wide], short, never)));
      expect(await Promise.all(reads)).toEqual(Array(6).fill("query.byte-limit"));
      expect(await working()).toBeLessThanOrEqual(2);
      expect(await failureOf(runner.run([quick], limits, never))).toBe("it did not fail");
    } finally {
      await observer.query(
        `GRANT EXECUTE ON FUNCTION pg_cancel_backend(int), pg_terminate_backend(int, bigint) TO PUBLIC`,
      );
    }
  });
});

test("a connection that keeps its statements is given up when a cancel of its read may come late", async () => {
  const pool = poolOf(1);
  // Lost on its way, as far as we know.
  const channel = { isApart: false, cancel: async () => false, end: async () => {}, close: async () => {} };
  const runner = createQueryRunner({ pool, channel, keeps: "all" });
  const process = () => pool.query("SELECT pg_backend_pid() AS pid").then(({ rows }) => rows[0].pid);
  const before = await process();
  const abort = new AbortController();
  const reading = failureOf(runner.run([{ text: "SELECT pg_sleep(0.5)", parameters: [] }], limits, abort.signal));
  await vi.waitUntil(async () => (await working("pg_sleep(0.5)")) === 1, patience);
  abort.abort();
  expect(await reading).toBe("operation.aborted");
  expect(await process()).not.toBe(before);
});
