import { isSynclineError, type Statement } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { PgClient, PgPool } from "./driver.ts";
import { readingRunner } from "./testing/reading-runner.ts";

const url = await testDatabase();
const never = new AbortController().signal;
const pool = new pg.Pool({ connectionString: url, max: 2 });
pool.on("error", () => {});
const observer = new pg.Pool({ connectionString: url, max: 1 });
const limits = { timeoutMs: 5_000, maxRows: 10, numbers: "string" } as const;
const runner = readingRunner({ pool });

beforeAll(async () => {
  await observer.query(`
    CREATE TABLE item (id int PRIMARY KEY, name text);
    INSERT INTO item SELECT i, 'n' || i FROM generate_series(1, 100) i;
    CREATE SEQUENCE counter;
    CREATE FUNCTION write_item() RETURNS int LANGUAGE sql AS 'INSERT INTO item VALUES (-1) RETURNING id';
  `);
});

afterAll(async () => {
  await Promise.all([pool.end(), observer.end()]);
});

function select(text: string, ...parameters: readonly unknown[]): Statement {
  return { text, parameters };
}

async function failureOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => "it did not fail",
    (thrown: unknown) => thrown,
  );
  return isSynclineError(error) ? error.code : String(error);
}

function run(text: string, ...parameters: readonly unknown[]) {
  return runner.run([select(text, ...parameters)], limits, never);
}

async function itemCount(): Promise<unknown> {
  return (await observer.query("SELECT count(*)::int AS n FROM item")).rows[0].n;
}

describe("reading", () => {
  test("gives one result per statement with columns and rows as arrays, duplicates kept", async () => {
    const results = await runner.run(
      [select("SELECT id AS x, name AS x FROM item WHERE id = $1::int", "7"), select("VALUES (1), (2) -- a comment")],
      limits,
      never,
    );
    expect(results).toEqual([
      { columns: ["x", "x"], rows: [[7, "n7"]] },
      { columns: ["column1"], rows: [[1], [2]] },
    ]);
  });

  test("sees one snapshot in all statements, which begins after the call", async () => {
    await observer.query("INSERT INTO item VALUES (1000)");
    const statement = select("SELECT count(*)::int FROM item, (SELECT pg_sleep(0.05)) s");
    const reading = runner.run([statement, statement, statement, statement], limits, never);
    await vi.waitUntil(async () => {
      const { rows } = await observer.query(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
      );
      return rows.length > 0;
    });
    await observer.query("DELETE FROM item WHERE id = 1000");
    expect((await reading).map(({ rows }) => rows[0]?.[0])).toEqual([101, 101, 101, 101]);
  });

  test("costs the same three messages whatever the number of keys", async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    const client = await single.connect();
    const query = vi.spyOn(client, "query");
    client.release();
    const runner = readingRunner({ pool: single });
    const text = "SELECT * FROM item WHERE id = ANY($1::int[])";
    // A new connection is asked once what its server is like.
    await runner.run([{ ...select(text), parameters: ["{1}"] }], limits, never);
    (await single.connect()).release();
    for (const keys of ["{1}", "{1,2,3,4,5,6}"]) {
      query.mockClear();
      await runner.run([{ ...select(text), parameters: [keys] }], limits, never);
      // The ROLLBACK goes out behind our back; who asks for the connection has it afterwards.
      (await single.connect()).release();
      expect(query.mock.calls).toHaveLength(3);
    }
    await single.end();
  });
});

test("is one packet where the driver pipelines", async () => {
  const single = new pg.Pool({ connectionString: url, max: 1, pipeline: true });
  const client = await single.connect();
  const stream = client.connection.stream;
  const packets = [vi.spyOn(stream, "_write"), vi.spyOn(stream, "_writev" as never)];
  client.release();
  await readingRunner({ pool: single }).run([select("SELECT 1")], limits, never);
  (await single.connect()).release();
  for (const text of ["SELECT name FROM item WHERE id = 7", "SELECT 1 / (id - 7) FROM item"]) {
    for (const packet of packets) packet.mockClear();
    await readingRunner({ pool: single })
      .run([select(text)], limits, never)
      .catch(() => {});
    (await single.connect()).release();
    expect(packets.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBe(1);
    expect(stream.writableCorked).toBe(0);
  }
  await single.end();
});

test("fails outside of its transaction: were BEGIN to fail, what goes out with it must do nothing, nor look like no rows", async () => {
  await observer.query("CREATE SEQUENCE IF NOT EXISTS counter");
  const single = new pg.Pool({ connectionString: url, max: 1 });
  const client = await single.connect();
  const query = vi.spyOn(client, "query");
  client.release();
  const runner = readingRunner({ pool: single });
  expect(await runner.run([select("SELECT 1")], limits, never)).toMatchObject([{ rows: [[1]] }]);
  const sent = (query.mock.calls as unknown as readonly [{ readonly text?: string }][]).map(([given]) => given.text);
  const text = sent.find((each) => each?.includes("syncline rows"));
  const alone = String(text).replace("SELECT 1", "SELECT nextval('counter')");
  await expect(observer.query(alone, ["10"])).rejects.toMatchObject({ code: "42704" });
  expect((await observer.query("SELECT is_called FROM counter")).rows).toEqual([{ is_called: false }]);
  await single.end();
});

test("a ROLLBACK that is never answered keeps nobody waiting, and its connection is given up", async () => {
  const single = new pg.Pool({ connectionString: url, max: 1 });
  const client = await single.connect();
  const query = client.query.bind(client) as (query: unknown) => Promise<unknown>;
  const silent = vi
    .spyOn(client, "query")
    .mockImplementation(((given: unknown) =>
      String(given).startsWith("ROLLBACK") ? new Promise(() => {}) : query(given)) as never);
  client.release();
  const [result] = await readingRunner({ pool: single }).run([select("SELECT 1")], limits, never);
  expect(result?.rows).toEqual([[1]]);
  expect(silent).toHaveBeenLastCalledWith(expect.stringContaining("ROLLBACK"));
  // The one connection of the pool is another one now.
  const next = await single.connect();
  expect(next).not.toBe(client);
  next.release();
  await single.end();
});

test("reads as from memory, since it reads what has just changed; a server that thinks less of a page keeps its own word", async () => {
  const ask = async (from: PgPool) => {
    const cost = select("SELECT current_setting('random_page_cost') AS cost");
    const [result] = await readingRunner({ pool: from }).run([cost], limits, never);
    return result?.rows[0]?.[0];
  };
  expect(await ask(pool)).toBe("1.1");
  const other = new pg.Pool({ connectionString: url, max: 1, options: "-c random_page_cost=0.5 -c seq_page_cost=0.5" });
  expect(await ask(other)).toBe("0.5");
  // For these reads, and for nothing else on the connection.
  expect((await pool.query("SHOW random_page_cost")).rows[0].random_page_cost).toBe("4");
  await other.end();
});

describe("the row limit", () => {
  test("lets as many rows through as it says, in the order of the query", async () => {
    const [result] = await run("SELECT id FROM item ORDER BY id DESC OFFSET 90");
    expect(result?.rows.map(([id]) => id)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test("refuses one row more, and the server sends no more than that", async () => {
    const client = await pool.connect();
    const query = vi.spyOn(client, "query");
    client.release();
    expect(await failureOf(run("SELECT generate_series(1, 100000000)"))).toBe("query.row-limit");
    const results = await Promise.all(query.mock.results.map(({ value }) => value as Promise<pg.QueryResult>));
    expect(results.map(({ rows }) => rows?.length).at(-2)).toBe(limits.maxRows + 1);
    query.mockRestore();
  });
});

describe("a template cannot write", () => {
  test.each([
    ["COMMIT; INSERT INTO item VALUES (-1)", "query.invalid"],
    ["SELECT 1) x; COMMIT; INSERT INTO item VALUES (-1); SELECT (1", "query.invalid"],
    ["SELECT set_config('transaction_read_only', 'off', false)", "query.refused"],
    ["SELECT nextval('counter')", "query.refused"],
    ["WITH w AS (INSERT INTO item VALUES (-1) RETURNING id) SELECT * FROM w", "query.invalid"],
    ["INSERT INTO item VALUES (-1)", "query.invalid"],
    ["SELECT write_item()", "query.refused"],
    ["SELECT * FROM item FOR UPDATE", "query.refused"],
    ["SELECT * INTO copy FROM item", "query.invalid"],
  ])("%s", async (text, code) => {
    const before = await itemCount();
    expect(await failureOf(run(text))).toBe(code);
    expect(await itemCount()).toBe(before);
    expect((await run("SELECT 1"))[0]?.rows).toEqual([[1]]);
  });

  test("nor leave a setting behind on the connection", async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    try {
      await readingRunner({ pool: single }).run(
        [select("SELECT set_config('search_path', 'evil', false)")],
        limits,
        never,
      );
      expect((await single.query("SHOW search_path")).rows[0].search_path).not.toContain("evil");
      expect(single.totalCount).toBe(1);
    } finally {
      await single.end();
    }
  });
});

describe("errors say whose fault it is", () => {
  test.each([
    ["SELECT nope FROM item", "query.invalid"],
    ["SELECT * FROM nowhere", "query.invalid"],
    ["SELECT 1 +", "query.invalid"],
    ["SELECT 1 / (id - id) FROM item", "query.data"],
    ["SELECT name::int FROM item", "query.data"],
    ["SELECT (SELECT id FROM item)", "query.data"],
  ])("%s", async (text, code) => {
    expect(await failureOf(run(text))).toBe(code);
  });

  test("a role reads with its own privileges only, and one that is not there is no template's fault", async () => {
    const role = `reader_${process.pid}`;
    await observer.query(`CREATE ROLE ${role}; GRANT SELECT (id) ON item TO ${role}`);
    try {
      const reader = readingRunner({ pool, role });
      expect((await reader.run([select("SELECT id FROM item WHERE id = 1")], limits, never))[0]?.rows).toEqual([[1]]);
      expect(await failureOf(reader.run([select("SELECT name FROM item")], limits, never))).toBe("query.invalid");
      expect((await pool.query("SELECT session_user = current_user AS same")).rows).toEqual([{ same: true }]);
    } finally {
      await observer.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
    const missing = readingRunner({ pool, role: "nobody at all" });
    expect(await failureOf(missing.run([select("SELECT 1")], limits, never))).toBe("database.failed");
  });

  test.each([
    ["that is not there", "nobody at all", /role "nobody at all" does not exist/, undefined],
    ["that it may not take", "pg_read_all_data", /permission denied to set role "pg_read_all_data"/, "CREATE ROLE"],
  ])("a role %s is named, and not what follows from it", async (_, role, words, create) => {
    const login = `login_${process.pid}`;
    const own = new URL(url);
    if (create !== undefined) {
      await observer.query(`${create} ${login} LOGIN PASSWORD 'secret'`);
      own.username = login;
      own.password = "secret";
    }
    const pools = [true, false].map((pipeline) => new pg.Pool({ connectionString: own.href, max: 1, pipeline }));
    try {
      for (const reading of pools) {
        const runner = readingRunner({ pool: reading, role });
        const several = [select("SELECT 1"), select("SELECT 2")];
        for (const statements of [several.slice(0, 1), several]) {
          const failed = runner.run(statements, limits, never);
          await expect(failed).rejects.toMatchObject({ code: "database.failed", needsPerson: true });
          await expect(failed).rejects.toThrow(words);
          await expect(failed).rejects.toThrow("it is query.role");
        }
      }
    } finally {
      await Promise.all(pools.map((reading) => reading.end()));
      if (create !== undefined) await observer.query(`DROP ROLE ${login}`);
    }
  });

  test("a database that is not there", async () => {
    const nowhere = new pg.Pool({ connectionString: "postgres://postgres@127.0.0.1:1/none" });
    const failing = readingRunner({ pool: nowhere }).run([select("SELECT 1")], limits, never);
    expect(await failureOf(failing)).toBe("database.unavailable");
    await nowhere.end();
  });
});

describe("interruption", () => {
  const endless = select("SELECT pg_sleep(3600)");
  const running = async () => {
    const { rows } = await observer.query(
      "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid()",
    );
    return rows;
  };

  test("the time limit ends a statement at the server", async () => {
    expect(await failureOf(runner.run([endless], { ...limits, timeoutMs: 50 }, never))).toBe("query.timeout");
    expect(await running()).toEqual([]);
  });

  test("the time limit holds for all statements together", async () => {
    const statement = select("SELECT pg_sleep(0.08)");
    const many = Array.from({ length: 1_000 }, () => statement);
    expect(await failureOf(runner.run(many, { ...limits, timeoutMs: 100 }, never))).toBe("query.timeout");
  });

  test("an abort ends the running statement at the server, and the connection is good for more", async () => {
    const abort = new AbortController();
    const reading = failureOf(runner.run([endless], limits, abort.signal));
    await vi.waitUntil(async () => (await running()).length === 1);
    abort.abort();
    expect(await reading).toBe("operation.aborted");
    expect(await running()).toEqual([]);
    expect((await run("SELECT 1"))[0]?.rows).toEqual([[1]]);
  });

  test("an abort before the answer to BEGIN ends the statement that went out with it", async () => {
    const single = new pg.Pool({ connectionString: url, max: 2, pipeline: true });
    const client = await single.connect();
    const query = client.query.bind(client) as (query: unknown) => Promise<unknown>;
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    vi.spyOn(client, "query").mockImplementation((async (given: unknown) => {
      const result = await query(given);
      if (JSON.stringify(given).includes("REPEATABLE READ")) await asked;
      return result;
    }) as never);
    client.release();
    const abort = new AbortController();
    const reading = failureOf(readingRunner({ pool: single }).run([endless], limits, abort.signal));
    await vi.waitUntil(async () => (await running()).length === 1);
    abort.abort();
    answer();
    expect(await reading).toBe("operation.aborted");
    expect(await running()).toEqual([]);
    // It was cancelled, so that the connection is as good as before.
    const next = await single.connect();
    expect(next).toBe(client);
    next.release();
    await single.end();
  });

  test("an abort with no connection to spare is one as any other: cancels have a connection of their own", async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    const client = await single.connect();
    client.release();
    const abort = new AbortController();
    const reading = failureOf(readingRunner({ pool: single }).run([endless], limits, abort.signal));
    await vi.waitUntil(async () => (await running()).length === 1);
    abort.abort();
    expect(await reading).toBe("operation.aborted");
    expect(await running()).toEqual([]);
    const next = await single.connect();
    expect(next).toBe(client);
    next.release();
    await single.end();
  });

  test("an abort while waiting for a connection does not keep the one that comes later", async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    const held = await single.connect();
    const abort = new AbortController();
    const reading = failureOf(readingRunner({ pool: single }).run([endless], limits, abort.signal));
    abort.abort();
    expect(await reading).toBe("operation.aborted");
    held.release();
    expect((await single.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await single.end();
  });

  test("a signal that fired before is heard", async () => {
    expect(await failureOf(runner.run([endless], limits, AbortSignal.abort()))).toBe("operation.aborted");
  });

  test("a connection that the server kills is reported and not used again", async () => {
    const reading = failureOf(runner.run([endless], limits, never));
    await vi.waitUntil(async () => (await running()).length === 1);
    await observer.query("SELECT pg_terminate_backend($1)", [(await running())[0]?.pid]);
    expect(await reading).toBe("database.unavailable");
    expect((await run("SELECT 1"))[0]?.rows).toEqual([[1]]);
  });
});

describe("a limit of bytes", () => {
  const wide = select("SELECT repeat('x', 1000) FROM item WHERE id <= 8");
  const hidden: PgPool = {
    connect: async () => {
      const client = await pool.connect();
      // A driver of the same shape that does not show its socket.
      return new Proxy(client, {
        get: (target, name) => {
          if (name === "connection") return undefined;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }) as unknown as PgClient;
    },
    query: (...parameters: Parameters<PgPool["query"]>) => (pool as unknown as PgPool).query(...parameters),
  } as PgPool;

  for (const [what, given] of [
    ["a socket that can be seen", pool],
    ["one that cannot", hidden],
  ] as const) {
    test(`holds over ${what}, and the next read works`, async () => {
      const metered = readingRunner({ pool: given });
      expect(await failureOf(metered.run([wide], { ...limits, maxBytes: 5_000 }, never))).toBe("query.byte-limit");
      const [result] = await metered.run([wide], { ...limits, maxBytes: 50_000 }, never);
      expect(result?.rows).toHaveLength(8);
    });
  }
});
