import { describe, expect, test } from "vitest";
import { capturing, target } from "../testing/capturing.ts";

const { prepare, each, pool } = await capturing();

const order = target("shop.orders", { orderId: "bigint" }, { columns: { orderId: "id" } });
const is = (...ids: readonly number[]) => ids.map((id) => `upsert {"orderId": ${id}}`);
const gone = (...ids: readonly number[]) => ids.map((id) => `delete {"orderId": ${id}}`);

describe("each key that a statement touches is recorded once", () => {
  test("by whatever statement", async () => {
    await prepare(
      "CREATE SCHEMA shop; CREATE TABLE shop.orders (id bigint PRIMARY KEY, status text, total numeric)",
      order,
    );
    expect(
      await each(
        "INSERT INTO shop.orders SELECT n, 'open', 1 FROM generate_series(1, 4) AS n",
        "UPDATE shop.orders SET status = 'paid' WHERE id < 3",
        "UPDATE shop.orders SET id = 20 WHERE id = 2",
        "UPDATE shop.orders SET status = 'x' WHERE false",
        "INSERT INTO shop.orders VALUES (3, 'again', 2), (5, 'new', 2) ON CONFLICT (id) DO UPDATE SET status = excluded.status",
        "INSERT INTO shop.orders VALUES (3, 'again', 2) ON CONFLICT DO NOTHING",
        "WITH a AS (UPDATE shop.orders SET total = 9 WHERE id = 5 RETURNING id), b AS (DELETE FROM shop.orders WHERE id = 1) SELECT FROM a",
        "UPDATE shop.orders SET id = id + 100",
        "DELETE FROM shop.orders WHERE id > 104",
        "TRUNCATE shop.orders",
      ),
    ).toEqual([
      is(1, 2, 3, 4),
      is(1, 2),
      [...gone(2), ...is(20)],
      [],
      is(3, 5),
      [],
      [...gone(1), ...is(5)],
      [...gone(20, 3, 4, 5), ...is(103, 104, 105, 120)],
      gone(105, 120),
      gone(103, 104),
    ]);
  });

  test("with the session's trace context", async () => {
    const traceparent = `00-${"4b".repeat(16)}-${"1".repeat(16)}-01`;
    const client = await pool.connect();
    try {
      await client.query("TRUNCATE syncline.change; BEGIN");
      await client.query("SELECT set_config('syncline.traceparent', $1, true)", [traceparent]);
      await client.query("INSERT INTO shop.orders VALUES (900); COMMIT");
      await client.query("DELETE FROM shop.orders WHERE id = 900");
      const { rows } = await client.query("SELECT operation, traceparent FROM syncline.change ORDER BY id");
      expect(rows).toEqual([
        { operation: "upsert", traceparent },
        { operation: "delete", traceparent: null },
      ]);
      await client.query("TRUNCATE syncline.change");
    } finally {
      client.release();
    }
  });

  test("by MERGE", async ({ skip }) => {
    const { rows } = await pool.query<{ server_version_num: string }>("SHOW server_version_num");
    skip(Number(rows[0]?.server_version_num) < 150_000, "PostgreSQL has MERGE from 15 on");
    expect(
      await each(
        "INSERT INTO shop.orders VALUES (1), (3)",
        `MERGE INTO shop.orders AS o USING (VALUES (1, 'd'), (3, 'u'), (6, 'i')) AS v(id, what) ON v.id = o.id
           WHEN MATCHED AND v.what = 'd' THEN DELETE WHEN MATCHED THEN UPDATE SET status = 'merged'
           WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'merged', 3)`,
      ),
    ).toEqual([is(1, 3), [...gone(1), ...is(3, 6)]]);
  });

  test("by COPY", async () => {
    expect(await each("COPY shop.orders FROM PROGRAM 'printf \"31\\tcopied\\t1\\n32\\tcopied\\t1\\n\"'")).toEqual([
      is(31, 32),
    ]);
  });

  test("by foreign keys that cascade, on whatever level, and whatever they do", async () => {
    await prepare(
      `CREATE SCHEMA cascades;
       CREATE TABLE cascades.customers (id bigint PRIMARY KEY);
       CREATE TABLE cascades.orders (id bigint PRIMARY KEY,
         customer bigint REFERENCES cascades.customers ON DELETE CASCADE ON UPDATE CASCADE);
       CREATE TABLE cascades.lines (id bigint PRIMARY KEY, "order" bigint REFERENCES cascades.orders ON DELETE SET NULL);
       INSERT INTO cascades.customers VALUES (1), (2), (3);
       INSERT INTO cascades.orders VALUES (11, 1), (12, 1), (21, 2), (31, 3);
       INSERT INTO cascades.lines SELECT id * 10, id FROM cascades.orders`,
      target("cascades.orders", { id: "bigint" }, {}, "order"),
    );
    await prepare("", target("cascades.lines", { line: "bigint" }, { columns: { line: "id" } }, "line"));
    expect(
      await each(
        "UPDATE cascades.customers SET id = 4 WHERE id = 3",
        "DELETE FROM cascades.customers WHERE id IN (1, 2)",
        "TRUNCATE cascades.customers CASCADE",
      ),
    ).toEqual([
      ['upsert {"id": 31}'],
      [
        ...['delete {"id": 11}', 'delete {"id": 12}', 'delete {"id": 21}'],
        ...['upsert {"line": 110}', 'upsert {"line": 120}', 'upsert {"line": 210}'],
      ],
      ['delete {"id": 31}', ...[110, 120, 210, 310].map((line) => `delete {"line": ${line}}`)],
    ]);
  });

  test("in partitions, by whichever name they are written, also when rows move", async () => {
    const report = await prepare(
      `CREATE SCHEMA parts;
       CREATE TABLE parts.orders (id bigint, year int, note text, PRIMARY KEY (id, year)) PARTITION BY RANGE (year);
       CREATE TABLE parts.old PARTITION OF parts.orders FOR VALUES FROM (2000) TO (2020);
       CREATE TABLE parts.recent PARTITION OF parts.orders FOR VALUES FROM (2020) TO (2030) PARTITION BY LIST (year);
       CREATE TABLE parts.y2024 (note text, dropped int, year int NOT NULL, id bigint NOT NULL);
       ALTER TABLE parts.y2024 DROP COLUMN dropped;
       ALTER TABLE parts.recent ATTACH PARTITION parts.y2024 FOR VALUES IN (2024)`,
      target("parts.orders", { id: "bigint", year: "integer" }),
    );
    expect(new Set(report.triggers.map(({ table }) => table)).size).toBe(4);
    const key = (id: number, year: number) => `{"id": ${id}, "year": ${year}}`;
    expect(
      await each(
        "INSERT INTO parts.orders VALUES (1, 2001, ''), (2, 2024, '')",
        "INSERT INTO parts.y2024 (id, year) VALUES (3, 2024)",
        "INSERT INTO parts.recent (id, year) VALUES (4, 2024)",
        "UPDATE parts.orders SET note = 'x'",
        "UPDATE parts.orders SET year = 2002 WHERE id = 3",
        "UPDATE parts.y2024 SET note = 'direct' WHERE id = 2",
        "DELETE FROM parts.recent WHERE id = 4",
        "TRUNCATE parts.old",
        "TRUNCATE parts.orders",
      ),
    ).toEqual([
      [`upsert ${key(1, 2001)}`, `upsert ${key(2, 2024)}`],
      [`upsert ${key(3, 2024)}`],
      [`upsert ${key(4, 2024)}`],
      [1, 2, 3, 4].map((id) => `upsert ${key(id, id === 1 ? 2001 : 2024)}`),
      [`delete ${key(3, 2024)}`, `upsert ${key(3, 2002)}`],
      [`upsert ${key(2, 2024)}`],
      [`delete ${key(4, 2024)}`],
      [`delete ${key(1, 2001)}`, `delete ${key(3, 2002)}`],
      [`delete ${key(2, 2024)}`],
    ]);
  });

  test("in tables that inherit", async () => {
    await prepare(
      `CREATE SCHEMA kin; CREATE TABLE kin.base (id bigint PRIMARY KEY, note text);
       CREATE TABLE kin.child (more int) INHERITS (kin.base)`,
      target("kin.base", { id: "bigint" }),
    );
    expect(
      await each(
        "INSERT INTO kin.child VALUES (1, '', 2)",
        "INSERT INTO kin.base VALUES (1, '')",
        "UPDATE kin.base SET note = 'x'",
        "DELETE FROM kin.child",
        "TRUNCATE kin.base",
      ),
      // A key of one may be in the other: only its own rows could tell that it is gone.
    ).toEqual([...Array(3).fill(['upsert {"id": 1}']), ['upsert {"id": 1}'], ['delete {"id": 1}']]);
  });

  test("of parts of what has the key, as a change of the whole", async () => {
    await prepare(
      "CREATE SCHEMA lines; CREATE TABLE lines.order_lines (line int, order_id bigint, sku text)",
      target("lines.order_lines", { orderId: "bigint" }, { columns: { orderId: "order_id" } }),
    );
    expect(
      await each(
        "INSERT INTO lines.order_lines VALUES (1, 7, 'a'), (2, 7, 'b'), (1, 8, 'c')",
        "UPDATE lines.order_lines SET order_id = 8 WHERE line = 2",
        "DELETE FROM lines.order_lines WHERE order_id = 8 AND line = 1",
      ),
    ).toEqual([is(7, 8), is(7, 8), is(8)]);
  });
});

describe("with a list of columns, an UPDATE is recorded", () => {
  test("where one of them, or the key, has another value", async () => {
    const report = await prepare(
      `CREATE SCHEMA listed; CREATE TABLE listed.orders (id bigint PRIMARY KEY, status text, weight json, seen timestamptz)`,
      target("listed.orders", { orderId: "bigint" }, { columns: { orderId: "id" }, updateOf: ["status", "weight"] }),
    );
    expect(report.uncaptured.join("\n")).toContain("neither the key nor status, weight");
    expect(
      await each(
        `INSERT INTO listed.orders SELECT n, CASE n WHEN 1 THEN '' END, '{"a": 1}' FROM generate_series(1, 3) AS n`,
        "UPDATE listed.orders SET seen = now()",
        "UPDATE listed.orders SET status = status",
        // An empty text is another value than none.
        "UPDATE listed.orders SET status = NULL WHERE id = 1",
        `UPDATE listed.orders SET weight = '{"a":  1}' WHERE id = 2`,
        "UPDATE listed.orders SET id = 4 WHERE id = 3",
        // Rows change places: the key of each has another row now.
        "UPDATE listed.orders SET id = CASE id WHEN 1 THEN 12 ELSE 11 END WHERE id < 3",
        "DELETE FROM listed.orders WHERE id = 4",
      ),
    ).toEqual([is(1, 2, 3), [], [], is(1), is(2), [...gone(3), ...is(4)], [...gone(1, 2), ...is(11, 12)], gone(4)]);
  });

  test("where rows of one key are others than before, however many they are", async () => {
    await prepare(
      "CREATE SCHEMA bags; CREATE TABLE bags.lines (order_id bigint, n int, sku text)",
      target("bags.lines", { orderId: "bigint" }, { columns: { orderId: "order_id" }, updateOf: ["sku"] }),
    );
    expect(
      await each(
        "INSERT INTO bags.lines VALUES (1, 1, 'a'), (1, 2, 'a'), (1, 3, 'b'), (2, 1, 'a')",
        "UPDATE bags.lines SET n = n + 1",
        "UPDATE bags.lines SET sku = CASE WHEN n = 2 THEN 'b' ELSE sku END WHERE order_id = 1",
        "UPDATE bags.lines SET order_id = 2 WHERE order_id = 1 AND sku = 'a'",
        // The same bag of values by other rows.
        "UPDATE bags.lines SET sku = CASE sku WHEN 'a' THEN 'a' ELSE 'b' END",
      ),
    ).toEqual([is(1, 2), [], is(1), is(1, 2), []]);
  });
});
