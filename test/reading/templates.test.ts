import { createDatabase } from "@syncline/dev-postgres";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { tell } from "./template-reads.ts";

/** Templates as people write them, on rows as databases have them: what each key is told as. */

const url = await createDatabase(await testDatabase());
const pool = new pg.Pool({ connectionString: url });
afterAll(() => pool.end());
await pool.query(`
  CREATE TABLE px (id bigint PRIMARY KEY, q text, path text, xpath text, tbl text, n int, x int);
  INSERT INTO px SELECT i, 'cat', '$.a', '/a', 'px', 3, 1 FROM generate_series(1, 2000) i;
  UPDATE px SET q = 'cat &', path = '$.', xpath = '$.', tbl = 'gone', n = 300000000, x = 0 WHERE id IN (5, 1777);
  CREATE TABLE t (id int PRIMARY KEY, grp int, at timestamptz);
  INSERT INTO t SELECT i, i % 7, '2024-01-01'::timestamptz + i * interval '1 day' FROM generate_series(1, 100) i;
  CREATE TYPE pair AS (a text, b text); CREATE DOMAIN dpair AS pair; CREATE DOMAIN ints AS int[];
  CREATE TYPE mood AS ENUM ('good', 'bad');
  CREATE TABLE odd (id int, code char(8), p pair, e int[], m mood, v oidvector);
  INSERT INTO odd SELECT 2, 'k2', ROW('a2', 'b')::pair, ARRAY[2], 'good', '1 2';
  ANALYZE`);

const fields = { id: "bigint" } as const;

function ids(from: number, to: number): { id: number }[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }));
}

const key = (id: number) => `{"id":"${id}"}`;

describe("a row whose value makes the statement fail", () => {
  const poisoned = [
    ["a text that is no query (42601)", "SELECT id, q::tsquery AS q FROM px WHERE id = :id"],
    ["a text that is no path (42601)", "SELECT id, path::jsonpath AS p FROM px WHERE id = :id"],
    ["a name of no table (42P01)", "SELECT id, tbl::regclass AS t FROM px WHERE id = :id"],
    ["a length beyond all limits (54000)", "SELECT id, length(repeat('abcdefgh', n)) AS l FROM px WHERE id = :id"],
    ["an XPath that is none (XX000)", "SELECT id, xpath(xpath, '<a/>'::xml) AS x FROM px WHERE id = :id"],
    ["a division by zero (22012)", "SELECT id, 10 / x AS y FROM px WHERE id = :id"],
    ["a format that is none (22007)", "SELECT id, to_date(q, 'YYYY') AS d FROM px WHERE id = :id AND q <> 'cat'"],
  ] as const;

  it.each(poisoned)("is its own key's fault: %s", async (_, query) => {
    const told = await tell({ url, query, fields, keys: ids(1, 8) });
    expect([...told.dead.keys()]).toEqual([key(5)]);
    expect([told.held, told.living.has(key(5)), told.deleted.includes(key(5))]).toEqual([undefined, false, false]);
    expect(told.living.size + told.deleted.length).toBe(7);
  });

  it("is found beside another one, in each half of the keys", async () => {
    const query = "SELECT id, path::jsonpath AS p FROM px WHERE id = :id";
    const told = await tell({ url, query, fields, keys: [...ids(1, 20), ...ids(1_770, 1_790)] });
    expect([...told.dead.keys()].sort()).toEqual([key(1777), key(5)]);
    expect([told.held, told.living.size, told.deleted]).toEqual([undefined, 39, []]);
  });

  it.each([
    ["SELECT id FROM px WHERE id = :id AND path::jsonpath IS NOT NULL"],
    ["SELECT id FROM px WHERE id = :id AND 10 / x > 1"],
  ])("is nobody's fault where it is none of the keys' rows: %s", async (query) => {
    const told = await tell({ url, query, fields, keys: ids(100, 1_099) });
    expect([told.held, told.living.size, told.deleted, told.dead.size]).toEqual([undefined, 1_000, [], 0]);
  });

  it("is tried again, and dead in the end, where it comes alone; and holds nobody", async () => {
    const query = "SELECT id, q::tsquery AS q FROM px WHERE id = :id";
    const told = await tell({ url, query, fields, keys: ids(5, 5) });
    expect([told.held, [...told.dead.keys()]]).toEqual([undefined, [key(5)]]);
  });
});

describe("a key whose own value the server refuses", () => {
  it.each([
    ["SELECT id FROM px WHERE to_tsvector(q) @@ :k::tsquery", "cat &"],
    ["SELECT id FROM px WHERE path = '$.a' AND jsonb_path_exists('{}', :k::jsonpath)", "$."],
    ["SELECT id FROM px WHERE tbl::text = (:k::regclass)::text", "gone"],
    ["SELECT id FROM px WHERE id = :k::int", "one"],
  ])("is refused by itself, wherever it stands: %s", async (query, value) => {
    const options = { maxRows: 3_000 };
    for (const keys of [[value, "5"], ["5", value, "6"], [value]]) {
      const told = await tell({ url, query, fields: { k: "string" }, keys: keys.map((k) => ({ k })), options });
      expect([...told.dead.keys()]).toContain(JSON.stringify({ k: value }));
      expect(told.held).toBeUndefined();
    }
  });
});

describe("a template that is wrong itself", () => {
  it.each([
    ["a column that is not there", "SELECT nope FROM px WHERE id = :id"],
    ["a table that is not there", "SELECT id FROM gone WHERE id = :id"],
    ["a function that is not there", "SELECT nope(id) AS x FROM px WHERE id = :id"],
  ])("holds its lane, and costs no key anything: %s", async (_, query) => {
    const told = await tell({ url, query, fields, keys: ids(1, 8) });
    expect(told.held).toMatch(/^query\.invalid/);
    expect([told.living.size, told.deleted, told.dead.size]).toEqual([0, [], 0]);
  });
});

describe("what reads one by one reads for many as well", () => {
  const three = [{ k: 1 }, { k: 2 }, { k: 3 }];
  it.each([
    ["SELECT max(:k) AS m FROM t"],
    ["SELECT count(:k) AS n FROM t WHERE grp = 1"],
    ["SELECT count(*) FILTER (WHERE :k > 2) AS n FROM t"],
    ["SELECT json_agg(json_build_object('k', :k::int)) AS j FROM t"],
    ["SELECT id, (SELECT sum(:k) FROM t x WHERE x.grp = t.grp) AS s FROM t"],
    ["SELECT grp FROM t WHERE :k > 0 GROUP BY grp HAVING max(:k) > 0"],
    ["SELECT grouping(:k) AS g, count(*) AS n FROM t GROUP BY ROLLUP(:k)"],
    ["SELECT CASE WHEN :k = 0 THEN 1/0 WHEN 1 = 1 THEN 1 ELSE 2/0 END AS x"],
    ["SELECT id % :k AS r, count(*) AS n FROM t GROUP BY id % :k"],
    ["SELECT DISTINCT id * :k AS r FROM t ORDER BY id * :k"],
    ["SELECT g FROM generate_series(1, :k) AS g"],
    ["SELECT id FROM t WHERE int8range(1, 4) @> :k AND id = :k"],
    ["SELECT id FROM t WHERE id = :k OR :k IS NULL"],
    ["WITH own AS (SELECT * FROM t WHERE id = :k) SELECT id FROM own"],
  ])("%s", async (query) => {
    const told = await tell({ url, query, fields: { k: "bigint" }, keys: three });
    expect([told.held, told.living.size, told.deleted, told.dead.size]).toEqual([undefined, 3, [], 0]);
  });

  it.each([
    ["SELECT string_agg(:s, ',') AS s FROM t", "a"],
    ["SELECT date_trunc(:s, at) AS d, count(*) AS n FROM t GROUP BY date_trunc(:s, at)", "month"],
    ["SELECT id FROM t WHERE id = ANY (:s)", "{1,2}"],
    ["SELECT id FROM t WHERE to_jsonb(t) @> :s", '{"id": 1}'],
  ])("%s", async (query, value) => {
    const told = await tell({ url, query, fields: { s: "string" }, keys: [{ s: value }, { s: value }, { s: value }] });
    expect([told.held, told.living.size, told.deleted, told.dead.size]).toEqual([undefined, 1, [], 0]);
  });
});

describe("a parameter whose type is no single column", () => {
  it.each([
    ["a composite", "SELECT id FROM odd WHERE (p).a = (:k::pair).a AND code = :q", "(a2,q)", "k2"],
    ["a domain over one", "SELECT id FROM odd WHERE (p).a = (:k::dpair).a AND code = :q", "(a2,q)", "k2"],
    ["a domain over an array", "SELECT id FROM odd WHERE e = :k::ints AND code = :q", "{2}", "k2"],
    ["an array of enums", "SELECT id FROM odd WHERE m = ANY (:k::mood[]) AND code = :q", "{good,bad}", "k2"],
    ["a vector of the catalog's", "SELECT id FROM odd WHERE v = :k AND code = :q", "1 2", "k2      "],
    ["an enum", "SELECT id FROM odd WHERE m = :k AND code = :q", "good", "k2"],
  ])("leaves the others in their places: %s", async (_, query, k, q) => {
    const keys = [
      { k, q: "k1" },
      { k, q },
      { k, q: "k3" },
    ];
    const told = await tell({ url, query, fields: { k: "string", q: "string" }, keys });
    expect([told.held, told.dead.size, [...told.living.values()]]).toEqual([undefined, 0, [[{ id: 2 }]]]);
  });
});

describe("a text that means another time in another session", () => {
  it.each([
    ["at", "t", "2024-01-02 00:00:00"],
    ["at", "t", "02/01/2024"],
    ["at::date", "t", "02.01.2024"],
  ])("is refused by key, and never looked for: %s", async (column, table, value) => {
    const query = `SELECT id FROM ${table} WHERE ${column} = :s`;
    const told = await tell({
      url,
      query,
      fields: { s: "string" },
      keys: [{ s: value }, { s: "2024-01-02T00:00:00Z" }],
    });
    expect([told.deleted, told.living.size, [...told.dead.values()]]).toEqual([
      [],
      1,
      [expect.stringContaining("Record it in ISO 8601")],
    ]);
  });
});
