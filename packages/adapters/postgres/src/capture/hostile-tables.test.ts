import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { capturing, onClient, target } from "../testing/capturing.ts";
import { createRoles, type Roles } from "../testing/roles.ts";
import { never } from "../testing/session.ts";

const { url, prepare, each, pool, recorded, capture } = await capturing();
const long = `${"n".repeat(60)}.a"`;
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

describe("keys of any type are recorded as text that finds the row", () => {
  test.each<
    [string, string, "string" | "uuid" | "decimal" | "timestamp" | "date" | "boolean" | "integer", string, string]
  >([
    ["text", "text", "string", `E'a "b" \\\\ ü 😀\\n'`, `"a \\"b\\" \\\\ ü 😀\\n"`],
    ["an empty text", "text", "string", "''", '""'],
    ["char(n), without the blanks that pad it", "char(6)", "string", "'ab'", '"ab"'],
    ["uuid", "uuid", "uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'],
    ["numeric", "numeric(30,6)", "decimal", "12345678901234567890.5", "12345678901234567890.500000"],
    [
      "timestamptz",
      "timestamptz",
      "timestamp",
      "'2026-03-31 12:00:00.000001+02'",
      '"2026-03-31T10:00:00.000001+00:00"',
    ],
    ["date", "date", "date", "'2026-03-31'", '"2026-03-31"'],
    ["boolean", "boolean", "boolean", "true", "true"],
    ["an enum", "hostile.kind", "string", "'It''s'", `"It's"`],
    ["a domain over text", "hostile.code", "string", "'x'", '"x"'],
    ["a domain over a domain over a number", "hostile.whole", "integer", "7", "7"],
    ["a number as a text", "int", "string", "7", '"7"'],
    ["a generated column", "int GENERATED ALWAYS AS IDENTITY", "integer", "DEFAULT", "1"],
  ])("%s", async (what, sqlType, type, value, json) => {
    if (what === "text")
      await pool.query(`CREATE SCHEMA hostile; CREATE TYPE hostile.kind AS ENUM ('It''s', 'b');
        CREATE DOMAIN hostile.code AS text CHECK (value <> ''); CREATE DOMAIN hostile.small AS int;
        CREATE DOMAIN hostile.whole AS hostile.small`);
    await prepare(
      `DROP TABLE IF EXISTS hostile.t; CREATE TABLE hostile.t (k ${sqlType} NOT NULL, note text)`,
      target("hostile.t", { k: type }),
    );
    await onClient(pool, async (client) => {
      await client.query("SET TimeZone = 'UTC'; SET DateStyle = 'SQL, DMY'; SET extra_float_digits = 0");
      await client.query(`INSERT INTO hostile.t (k) VALUES (${value})`);
      await client.query("UPDATE hostile.t SET note = 'x'");
    });
    expect(await recorded()).toEqual(Array(2).fill(`upsert {"k": ${json}}`));
  });

  test("a key that differs in case only, for the column but not for a downstream, is two keys", async () => {
    await prepare(
      `CREATE COLLATION hostile.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       CREATE TABLE hostile.words (k text COLLATE hostile.caseless PRIMARY KEY)`,
      target("hostile.words", { k: "string" }),
    );
    expect(await each("INSERT INTO hostile.words VALUES ('a')", "UPDATE hostile.words SET k = 'A'")).toEqual([
      ['upsert {"k": "a"}'],
      ['delete {"k": "a"}', 'upsert {"k": "A"}'],
    ]);
  });

  test.each([
    ["double precision", "decimal", /floating-point/],
    ["money", "decimal", /locale/],
    ["bytea", "string", /bytes/],
    ["int[]", "string", /array/],
    ["timestamp", "timestamp", /declare it as "string".*no zone/],
    ["bigint", "uuid", /declare it as "bigint"/],
    ["text", "bigint", /declare it as "string"/],
    ["numeric(10,2)", "bigint", /declare it as "decimal"/],
  ] as const)("%s is refused for a key field of the type %s, in words", async (sqlType, type, words) => {
    await pool.query(`DROP TABLE IF EXISTS hostile.t; CREATE TABLE hostile.t (k ${sqlType})`);
    await expect(capture.install(target("hostile.t", { k: type }), never)).rejects.toMatchObject({
      code: "config.invalid",
      problems: [{ at: "fields.k", message: expect.stringMatching(words) }],
    });
  });
});

describe("names", () => {
  test.each([
    ["quotes, dots, blanks and more bytes than a trigger's name has room for", `a"b.c d`, long, "tg_op"],
    ["other scripts", "schéma", "ñ$body$", "ключ"],
    ["words of the language, and of the function", "select", "new_rows", "k0"],
    ["percent signs and backslashes", "%I\\", "$rows%s", "$rows"],
  ])("with %s", async (_, schema, table, column) => {
    const name = `${quoted(schema)}.${quoted(table)}`;
    const wanted = target(
      name,
      { id: "bigint" },
      { columns: { id: column }, updateOf: [`${column} 2`] },
      "Ord.er-$body$".replace(/\$/g, ""),
    );
    await prepare(
      `CREATE SCHEMA ${quoted(schema)}; CREATE TABLE ${name} (${quoted(column)} bigint PRIMARY KEY, ${quoted(`${column} 2`)} int)`,
      wanted,
    );
    expect(
      await each(
        `INSERT INTO ${name} VALUES (1, 1), (2, 2)`,
        `UPDATE ${name} SET ${quoted(`${column} 2`)} = 7 WHERE ${quoted(column)} = 1`,
        `DELETE FROM ${name} WHERE ${quoted(column)} = 1`,
        `TRUNCATE ${name}`,
      ),
    ).toEqual([
      ['upsert {"id": 1}', 'upsert {"id": 2}'],
      ['upsert {"id": 1}'],
      ['delete {"id": 1}'],
      ['delete {"id": 2}'],
    ]);
    expect((await capture.show(wanted, never)).state).toBe("installed");
    expect((await capture.remove(wanted, never)).state).toBe("absent");
  });

  test("as SQL folds them; a table without its schema, and one that is not there, are refused", async () => {
    await prepare(
      `CREATE SCHEMA folding; CREATE TABLE folding.Orders (orderId bigint)`,
      target("Folding.ORDERS", { orderId: "bigint" }),
    );
    const refused = (table: string, fields = { orderId: "bigint" } as const) =>
      capture.install(target(table, fields), never).then(
        () => [],
        (error: { problems: readonly { message: string }[] }) => error.problems.map(({ message }) => message),
      );
    expect(await refused("orders")).toEqual([expect.stringContaining("public.orders")]);
    expect(await refused("folding.nothing")).toEqual([expect.stringContaining('"folding"."nothing"')]);
    expect(await refused("a.b.c")).toEqual([expect.stringContaining("in quotes")]);
    expect(await refused("syncline.delivery")).toEqual([
      expect.stringContaining("own tables"),
      expect.stringContaining("it has id"),
    ]);
    await pool.query("CREATE VIEW folding.seen AS SELECT * FROM folding.orders");
    expect(await refused("folding.seen")).toEqual([expect.stringContaining("is no table")]);
  });
});

test("rows without a key break no statement; a new one is told, and one that goes had sent nothing", async () => {
  const report = await prepare(
    "CREATE TABLE hostile.loose (a bigint, b text)",
    target("hostile.loose", { a: "bigint", b: "string" }),
  );
  expect(report.uncaptured.join("\n")).toContain("NULL in a, b");
  expect(
    await each(
      "INSERT INTO hostile.loose VALUES (1, 'x'), (2, NULL), (2, NULL), (NULL, NULL)",
      "UPDATE hostile.loose SET a = 3, b = 'y' WHERE a = 2",
      "UPDATE hostile.loose SET b = NULL WHERE a = 1",
      "DELETE FROM hostile.loose",
    ),
  ).toEqual([
    ['upsert {"a": 1, "b": "x"}', 'upsert {"a": 2, "b": null}', 'upsert {"a": null, "b": null}'],
    ['upsert {"a": 3, "b": "y"}'],
    ['upsert {"a": 1, "b": "x"}', 'upsert {"a": 1, "b": null}'],
    ['upsert {"a": 3, "b": "y"}'],
  ]);
});

describe("rights", () => {
  const writer = `writer_${new URL(url).pathname.slice(1)}`;
  let roles: Promise<Roles>;
  afterAll(async () => {
    await (await roles).drop();
    await pool.query(`DROP OWNED BY ${writer} CASCADE; DROP ROLE ${writer}`);
  });

  test("who writes to the table needs none on Syncline's, and cannot use what records otherwise", async () => {
    // It runs sql/roles.sql, so that Syncline's tables have an owner of their own.
    roles = createRoles(pool, url);
    await roles;
    await prepare(
      `CREATE TABLE public.open (id bigint PRIMARY KEY, note text);
       CREATE ROLE ${writer} LOGIN PASSWORD 'w'; GRANT ALL ON public.open TO ${writer}; GRANT CREATE ON SCHEMA public TO ${writer}`,
      target("public.open", { id: "bigint" }),
    );
    const login = new URL(url);
    login.username = writer;
    login.password = "w";
    const client = new pg.Client({ connectionString: login.href });
    await client.connect();
    try {
      await client.query(
        "INSERT INTO public.open VALUES (1), (2); UPDATE public.open SET note = 'x' WHERE id = 1; DELETE FROM public.open WHERE id = 2",
      );
      expect(await recorded()).toEqual(['delete {"id": 2}', ...Array(2).fill('upsert {"id": 1}'), 'upsert {"id": 2}']);
      // Syncline's owner has no right to read the table.
      await client.query("TRUNCATE public.open");
      expect(await recorded()).toEqual(['delete {"truncated": "public.open"}']);
      await expect(client.query("SELECT FROM syncline.change")).rejects.toMatchObject({ code: "42501" });
      const { rows } = await pool.query<{ name: string }>(
        "SELECT oid::regproc::text AS name FROM pg_proc WHERE pronamespace = 'syncline'::regnamespace AND proname ~ '^capture_'",
      );
      for (const { name } of rows)
        await expect(
          client.query(
            `CREATE TEMP TABLE mine (id bigint); CREATE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
          ),
        ).rejects.toMatchObject({ code: "42501" });
    } finally {
      await client.end();
    }
  });

  test("TRUNCATE records each key once the owner of Syncline's tables may read them, and says so until then", async () => {
    const open = target("public.open", { id: "bigint" });
    const { owner } = (await roles).names;
    const told = (await capture.show(open, never)).uncaptured.filter((each) => each.startsWith("TRUNCATE"));
    expect(told).toEqual([expect.stringContaining(`GRANT SELECT ("id") ON "public"."open" TO "${owner}"`)]);
    await pool.query(`GRANT SELECT (id) ON public.open TO ${owner}`);
    expect((await capture.show(open, never)).uncaptured.filter((each) => each.startsWith("TRUNCATE"))).toEqual([]);
    expect(await each("INSERT INTO public.open VALUES (5)", "TRUNCATE public.open")).toEqual([
      ['upsert {"id": 5}'],
      ['delete {"id": 5}'],
    ]);
    // Rows that a policy hides would be lost.
    await pool.query("ALTER TABLE public.open ENABLE ROW LEVEL SECURITY");
    expect((await capture.show(open, never)).uncaptured.join("\n")).toContain("TRUNCATE records no keys");
    expect(await each("INSERT INTO public.open VALUES (5)", "TRUNCATE public.open")).toEqual([
      ['upsert {"id": 5}'],
      ['delete {"truncated": "public.open"}'],
    ]);
  });

  test("nothing of another role's is called as Syncline's owner: no cast, no operator, no function", async () => {
    await pool.query(`SET ROLE ${writer}; CREATE TYPE public.evil AS ENUM ('a', 'b'); CREATE TABLE public.caught (who text);
      GRANT ALL ON public.caught TO PUBLIC;
      CREATE FUNCTION public.spy(public.evil) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN 'x'; END $f$;
      CREATE FUNCTION public.spy_json(public.evil) RETURNS json LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN '1'; END $f$;
      CREATE CAST (public.evil AS text) WITH FUNCTION public.spy(public.evil) AS IMPLICIT;
      CREATE CAST (public.evil AS json) WITH FUNCTION public.spy_json(public.evil) AS IMPLICIT;
      CREATE FUNCTION public.format(text, public.evil) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN 'x'; END $f$;
      CREATE FUNCTION public.same(public.evil, public.evil) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN true; END $f$;
      CREATE OPERATOR public.= (LEFTARG = public.evil, RIGHTARG = public.evil, FUNCTION = public.same);
      CREATE TABLE public.trap (k public.evil NOT NULL, v public.evil); RESET ROLE`);
    await prepare("", target("public.trap", { k: "string" }, { updateOf: ["v"] }));
    await pool.query(`ALTER ROLE ${writer} SET search_path = public, pg_catalog`);
    const found = await each(
      "INSERT INTO public.trap VALUES ('a', 'a')",
      "UPDATE public.trap SET v = 'b'",
      "DELETE FROM public.trap",
    );
    expect(found).toEqual(Array(3).fill(['upsert {"k": "a"}']));
    expect((await pool.query("SELECT * FROM public.caught")).rows).toEqual([]);
  });
});
