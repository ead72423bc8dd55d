import type { Change } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PgTransaction, postgresRecorder } from "./recorder.ts";
import { column, never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { migrate } = openSession({ connectionString: url });
const recorder = postgresRecorder();

beforeAll(() => migrate(never));
beforeEach(async () => {
  await pool.query("TRUNCATE syncline.change");
});

function change(name: string, operation: Change["operation"] = "upsert"): Change {
  return { category: "customer", condition: { name }, key: JSON.stringify({ name }), operation };
}

async function inTransaction(end: "COMMIT" | "ROLLBACK", work: (client: pg.PoolClient) => Promise<unknown>) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query(end);
  } finally {
    client.release();
  }
}

const recorded = () =>
  column(pool, "SELECT category || ' ' || operation || ' ' || condition FROM syncline.change ORDER BY id");

test("a READ ONLY transaction is told to whoever begins it, and is nothing to try again", async () => {
  const client = await pool.connect();
  const again = [change("a"), change("b", "delete")];
  try {
    for (const begin of ["BEGIN READ ONLY", "BEGIN; SET TRANSACTION READ ONLY", "BEGIN"]) {
      for (const changes of [again.slice(0, 1), again, [change("a"), change("b")]]) {
        if (begin === "BEGIN") await client.query("SET default_transaction_read_only = on");
        await client.query(begin);
        const recording = recorder.record(client, changes);
        await expect(recording).rejects.toMatchObject({ code: "recorder.connection", retryable: false });
        await expect(recording).rejects.toThrow(/READ ONLY.*READ WRITE/);
        await client.query("ROLLBACK");
      }
    }
  } finally {
    client.release(true);
  }
});

describe("a recorded change", () => {
  test("is there if and only if the transaction commits", async () => {
    await inTransaction("ROLLBACK", (client) => recorder.record(client, [change("a"), change("b")]));
    expect(await recorded()).toEqual([]);
    await inTransaction("COMMIT", (client) => recorder.record(client, [change("a")]));
    expect(await recorded()).toEqual([`customer upsert {"name":"a"}`]);
  });

  test("keeps every character and its place, alone and among many", async () => {
    const names = [`O'Neil`, `"; DROP TABLE x; --`, "\\", "größe 🚲", "two\nlines", "$1", "{}", ""];
    for (const name of names) await inTransaction("COMMIT", (client) => recorder.record(client, [change(name)]));
    await inTransaction("COMMIT", (client) =>
      recorder.record(
        client,
        names.map((name) => change(name, "delete")),
      ),
    );
    expect(await column(pool, "SELECT condition FROM syncline.change ORDER BY id")).toEqual(
      [...names, ...names].map((name) => JSON.stringify({ name })),
    );
  });

  test("keeps its place among others of other kinds, and one that no category would write keeps its line breaks", async () => {
    const own: Change = { category: "x", condition: {}, key: "{\n}", operation: "upsert" };
    const mixed = [change("a"), change("b", "delete"), own, change("c")];
    await inTransaction("COMMIT", (client) => recorder.record(client, mixed));
    await inTransaction("COMMIT", (client) => recorder.record(client, [own, own]));
    expect(await recorded()).toEqual([
      'customer upsert {"name":"a"}',
      'customer delete {"name":"b"}',
      "x upsert {\n}",
      'customer upsert {"name":"c"}',
      "x upsert {\n}",
      "x upsert {\n}",
    ]);
  });

  test("takes one statement, for one change and for seventy thousand, with or without a notification", async () => {
    for (const wakeUp of [{ notify: false }, { notify: true, debounceMs: 0 }]) {
      for (const count of [1, 70_000]) {
        const statements: string[] = [];
        const changes = Array.from({ length: count }, (_, index) => change(`n${index}`));
        await inTransaction("COMMIT", (client) => {
          const watched: PgTransaction = {
            query: (text, values) => {
              statements.push(text);
              return client.query(text, values);
            },
          };
          return postgresRecorder({ wakeUp }).record(watched, changes);
        });
        expect(statements).toHaveLength(1);
        expect(await column(pool, "SELECT count(*) FROM syncline.change")).toEqual([String(count)]);
        await pool.query("TRUNCATE syncline.change");
      }
    }
  }, 30_000);

  test("can be recorded in another schema", async () => {
    const session = openSession({ connectionString: url, schema: "Other" });
    await session.migrate(never);
    await inTransaction("COMMIT", (client) => postgresRecorder({ schema: "Other" }).record(client, [change("a")]));
    expect(await column(pool, `SELECT count(*) FROM "Other".change`)).toEqual(["1"]);
  });
});

describe("record refuses", () => {
  test.each([
    ["a pool", () => pool as unknown as PgTransaction],
    ["nothing", () => undefined as unknown as PgTransaction],
    ["something that runs no statements", () => ({}) as PgTransaction],
  ])("%s", async (_, tx) => {
    await expect(recorder.record(tx(), [change("a")])).rejects.toMatchObject({ code: "recorder.connection" });
    expect(await recorded()).toEqual([]);
  });

  test("a client on which no transaction was begun, where the driver can tell", async () => {
    const client = await pool.connect();
    try {
      await client.query("SELECT 1");
      await expect(recorder.record(client, [change("a")])).rejects.toMatchObject({
        code: "recorder.connection",
        message: expect.stringContaining("BEGIN"),
      });
    } finally {
      client.release();
    }
    expect(await recorded()).toEqual([]);
  });

  test("a database that was not migrated, saying so", async () => {
    await inTransaction("ROLLBACK", (client) =>
      expect(postgresRecorder({ schema: "nowhere" }).record(client, [change("a")])).rejects.toMatchObject({
        code: "database.schema",
      }),
    );
  });

  test("a schema's name that is none", () => {
    expect(() => postgresRecorder({ schema: `a"; DROP` })).toThrow(/postgresRecorder\.schema/);
  });
});

describe("in SQL", () => {
  test("any language records with record_change, also once for each row of a query", async () => {
    await inTransaction("COMMIT", async (client) => {
      await client.query(`SELECT syncline.record_change('order', '{"id": 1}')`);
      await client.query(`SELECT syncline.record_change('order', '{"id": 2}', 'delete')`);
      await client.query(
        `SELECT syncline.record_change('order', jsonb_build_object('id', g)) FROM generate_series(3, 4) g`,
      );
    });
    expect(await recorded()).toEqual([1, 2, 3, 4].map((id) => `order ${id === 2 ? "delete" : "upsert"} {"id": ${id}}`));
  });

  test("many at once with record_changes", async () => {
    expect(
      await column(pool, `SELECT syncline.record_changes('order', '[{"id": 1}, {"id": 9007199254740993}]')`),
    ).toEqual(["2"]);
    expect(await recorded()).toEqual([`order upsert {"id": 1}`, `order upsert {"id": 9007199254740993}`]);
  });

  test("an operation that is none is refused", async () => {
    await expect(pool.query(`SELECT syncline.record_change('order', '{"id": 1}', 'update')`)).rejects.toThrow(/check/);
  });
});

test("prepares its statement once on a connection, where it is told to", async () => {
  const preparing = postgresRecorder({ preparedStatements: true });
  const names = async (client: pg.PoolClient) =>
    (await client.query("SELECT name FROM pg_prepared_statements WHERE name LIKE 'syncline_record_%'")).rows.length;
  const counts: number[] = [];
  await inTransaction("ROLLBACK", async (client) => {
    counts.push(await names(client));
    await preparing.record(client, [change("a")]);
    await preparing.record(client, [change("b")]);
    counts.push(await names(client));
    await preparing.record(client, [change("c"), change("d")]);
    counts.push(await names(client));
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM syncline.change WHERE xmin::text = pg_current_xact_id()::text",
    );
    expect(rows).toEqual([{ n: 4 }]);
  });
  expect(counts).toEqual([0, 1, 2]);
});

test("notifies for a burst, then at most once in its debounce time, and only once committed", async () => {
  const listener = new pg.Client({ connectionString: url });
  await listener.connect();
  let heard = 0;
  listener.on("notification", () => heard++);
  await listener.query("LISTEN syncline_change");
  const notifying = postgresRecorder({ wakeUp: { notify: true, debounceMs: 3_600_000 } });
  await inTransaction("COMMIT", (client) => notifying.record(client, [change("a"), change("b")]));
  await listener.query("SELECT 1");
  expect(heard).toBe(1);
  for (let times = 0; times < 20; times += 1)
    await inTransaction("COMMIT", (client) => notifying.record(client, [change("c")]));
  await listener.query("SELECT 1");
  expect(heard).toBe(16);
  const rolledBack = postgresRecorder({ wakeUp: { notify: true, debounceMs: 0 } });
  await inTransaction("ROLLBACK", (client) => rolledBack.record(client, [change("d")]));
  await listener.query("SELECT 1");
  expect(heard).toBe(16);
  await inTransaction("COMMIT", (client) => rolledBack.record(client, [change("d")]));
  await listener.query("SELECT 1");
  expect(heard).toBe(17);
  await listener.end();
});

describe("a trace context", () => {
  const own = `00-${"4b".repeat(16)}-${"1".repeat(16)}-01`;
  const other = own.replaceAll("1", "2");
  const stored = () => column(pool, "SELECT coalesce(traceparent, 'none') FROM syncline.change ORDER BY id");

  test("is stored with its change, alone and among many, and with a notification", async () => {
    for (const each of [recorder, postgresRecorder({ wakeUp: { notify: true } })])
      await inTransaction("COMMIT", async (client) => {
        await each.record(client, [{ ...change("a"), traceparent: own }]);
        await each.record(client, [
          { ...change("b"), traceparent: own },
          change("c"),
          { ...change("d", "delete"), traceparent: other },
        ]);
        await each.record(client, [change("e"), { ...change("f"), traceparent: null }]);
      });
    const once = [own, own, "none", other, "none", "none"];
    expect(await stored()).toEqual([...once, ...once]);
  });

  test("is the session's where a function records, and never what is none", async () => {
    const wrong = [
      "",
      " ",
      "evil",
      `${own} `,
      `x${own}`,
      own.toUpperCase(),
      own.replace("00-", "01-"),
      "x".repeat(1_000_000),
    ];
    for (const traceparent of [own, ...wrong])
      await inTransaction("COMMIT", async (client) => {
        await client.query("SELECT set_config('syncline.traceparent', $1, true)", [traceparent]);
        await client.query(`SELECT syncline.record_change('customer', '{"name": "a"}')`);
        await client.query(`SELECT syncline.record_changes('customer', '[{"name": "a"}]')`);
      });
    await inTransaction("COMMIT", (client) =>
      client.query(`SELECT syncline.record_change('customer', '{"name": "a"}')`),
    );
    expect(await stored()).toEqual([own, own, ...wrong.flatMap(() => ["none", "none"]), "none"]);
  });
});
