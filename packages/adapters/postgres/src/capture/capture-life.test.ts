import { describe, expect, test } from "vitest";
import { capturing, onClient, target } from "../testing/capturing.ts";
import { createRoles } from "../testing/roles.ts";
import { never, openSession } from "../testing/session.ts";

const { url, prepare, each, pool, recorded, capture } = await capturing();

const open = target("life.orders", { id: "bigint" });
const state = async (of = open) => (await capture.show(of, never)).state;

test("one call installs, shows and removes, each again and again", async () => {
  await pool.query("CREATE SCHEMA life; CREATE TABLE life.orders (id bigint PRIMARY KEY, note text)");
  const before = await capture.show(open, never);
  expect([before.state, before.triggers, before.drift]).toEqual(["absent", [], []]);
  expect(before.statements.join("\n")).toContain("AFTER INSERT");
  const first = await capture.install(open, never);
  expect([first.state, first.table, first.drift, first.statements]).toEqual([
    "installed",
    '"life"."orders"',
    [],
    before.statements,
  ]);
  expect(first.triggers).toHaveLength(5);
  expect(first.uncaptured[0]).toContain("session_replication_role");
  // A second time it takes no lock on the table, and so waits for nobody who writes to it.
  await onClient(pool, async (client) => {
    await client.query("BEGIN; LOCK life.orders IN SHARE MODE");
    expect(await capture.install(open, never)).toEqual({ ...first, statements: [] });
    expect(await state()).toBe("installed");
  });
  const removed = await capture.remove(open, never);
  expect([removed.state, removed.triggers, removed.statements.length]).toEqual(["absent", [], 6]);
  expect((await capture.remove(open, never)).statements).toEqual([]);
  expect(await each("INSERT INTO life.orders VALUES (1)")).toEqual([[]]);
  expect((await pool.query("SELECT FROM pg_proc WHERE proname ~ '^capture_'")).rows).toEqual([]);
});

test("the statements that show() tells can be run by hand, by whoever has the rights", async () => {
  for (const statement of (await capture.show(open, never)).statements) await pool.query(statement);
  expect(await state()).toBe("installed");
});

test("several at once make the triggers once", async () => {
  await capture.remove(open, never);
  const reports = await Promise.all(Array.from({ length: 4 }, () => capture.install(open, never)));
  expect(reports.filter(({ statements }) => statements.length > 0)).toHaveLength(1);
  expect(await state()).toBe("installed");
});

test("who writes for long is not waited for, and others don't wait behind", async () => {
  await capture.remove(open, never);
  await onClient(pool, async (client) => {
    await client.query("BEGIN; INSERT INTO life.orders VALUES (2)");
    await expect(capture.install(open, never)).rejects.toMatchObject({ code: "database.busy", retryable: true });
  });
  expect(await state()).toBe("absent");
});

test("a login that may not is told what it takes, and where the statements are", async () => {
  const roles = await createRoles(pool, url);
  try {
    await roles.run("roles.sql");
    const session = openSession({ connectionString: roles.login("worker") });
    await expect(session.capture?.install(open, never)).rejects.toMatchObject({
      code: "database.failed",
      message: expect.stringMatching(/needs TRIGGER on it.*statements/s),
    });
    expect((await session.capture?.show(open, never))?.state).toBe("absent");
  } finally {
    await session(roles);
  }
});

async function session(roles: Awaited<ReturnType<typeof createRoles>>): Promise<void> {
  await pool.query(`REASSIGN OWNED BY ${roles.names.owner} TO CURRENT_USER`);
  await roles.drop();
}

describe("what becomes of it when the table changes", () => {
  test("a renamed table is captured still, and told", async () => {
    await capture.install(open, never);
    expect(
      await each("ALTER TABLE life.orders RENAME TO old_orders", "INSERT INTO life.old_orders VALUES (10)"),
    ).toEqual([[], ['upsert {"id": 10}']]);
    await expect(capture.show(open, never)).rejects.toMatchObject({
      problems: [{ at: "source.table", message: expect.stringContaining('is on "life"."old_orders"') }],
    });
    // Swapped for another, as rebuilds do.
    await pool.query("CREATE TABLE life.orders (LIKE life.old_orders INCLUDING ALL)");
    const swapped = await capture.show(open, never);
    expect([swapped.state, swapped.drift.join("\n")]).toEqual([
      "drifted",
      expect.stringContaining('"life"."old_orders" has a trigger'),
    ]);
    expect((await capture.install(open, never)).state).toBe("installed");
    expect(await each("INSERT INTO life.orders VALUES (11)", "INSERT INTO life.old_orders VALUES (12)")).toEqual([
      ['upsert {"id": 11}'],
      [],
    ]);
  });

  test("a source that names the renamed table takes over, and records once", async () => {
    await pool.query("ALTER TABLE life.orders RENAME TO purchases");
    const renamed = target("life.purchases", { id: "bigint" });
    expect(await state(renamed)).toBe("drifted");
    await capture.install(renamed, never);
    expect(await each("UPDATE life.purchases SET note = 'x'")).toEqual([['upsert {"id": 11}']]);
    await capture.remove(renamed, never);
    await pool.query("ALTER TABLE life.purchases RENAME TO orders");
    await capture.install(open, never);
  });

  test("a column of the key is neither dropped nor given another type while it is captured", async () => {
    await expect(pool.query("ALTER TABLE life.orders DROP COLUMN id")).rejects.toMatchObject({ code: "2BP01" });
    await expect(pool.query("ALTER TABLE life.orders ALTER COLUMN id TYPE numeric")).rejects.toMatchObject({
      detail: expect.stringContaining("syncline_thing_"),
    });
    expect(
      await each(
        "ALTER TABLE life.orders ADD COLUMN more int, DROP COLUMN note",
        "INSERT INTO life.orders VALUES (30, 1)",
      ),
    ).toEqual([[], ['upsert {"id": 30}']]);
  });

  test("after a column of the key was renamed statements fail rather than lose a change; to install again mends it", async () => {
    await pool.query("ALTER TABLE life.orders RENAME COLUMN id TO order_id");
    await expect(pool.query("INSERT INTO life.orders VALUES (40)")).rejects.toMatchObject({
      code: "42703",
      where: expect.stringContaining("capture_thing"),
    });
    await expect(capture.show(open, never)).rejects.toMatchObject({
      problems: [{ at: "source.columns.id", message: expect.stringContaining("it has order_id, more") }],
    });
    const renamed = target("life.orders", { id: "bigint" }, { columns: { id: "order_id" } });
    expect(await state(renamed)).toBe("drifted");
    await capture.install(renamed, never);
    expect(await each("INSERT INTO life.orders VALUES (40)")).toEqual([['upsert {"id": 40}']]);
    await pool.query("ALTER TABLE life.orders RENAME COLUMN order_id TO id");
    await capture.install(open, never);
  });

  test.each([
    ["a trigger that was disabled", "ALTER TABLE life.orders DISABLE TRIGGER USER", /is disabled/],
    [
      "a trigger that was dropped",
      `DO $$ DECLARE t name; BEGIN SELECT tgname INTO t FROM pg_trigger WHERE tgrelid = 'life.orders'::regclass AND tgname ~ '_update$';
       EXECUTE format('DROP TRIGGER %I ON life.orders', t); END $$`,
      /has no trigger syncline_thing_\w+_update/,
    ],
    [
      "a function that everybody may call",
      `DO $$ DECLARE f regprocedure; BEGIN SELECT oid INTO f FROM pg_proc WHERE proname ~ '^capture_thing';
       EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', f); END $$`,
      /function that records is not/,
    ],
    [
      "another key, since a unique one is gone",
      `DO $$ DECLARE c name; BEGIN SELECT conname INTO c FROM pg_constraint WHERE conrelid = 'life.orders'::regclass AND contype = 'p';
       EXECUTE format('ALTER TABLE life.orders DROP CONSTRAINT %I', c); END $$`,
      /function that records is not/,
    ],
  ])("%s is told, and mended by installing again", async (_, sql, words) => {
    await pool.query(sql);
    const shown = await capture.show(open, never);
    expect([shown.state, shown.drift.join("\n")]).toEqual(["drifted", expect.stringMatching(words)]);
    expect((await capture.install(open, never)).state).toBe("installed");
    expect(await each("UPDATE life.orders SET more = 2 WHERE id = 40")).toEqual([['upsert {"id": 40}']]);
  });

  test("a new partition is told, and captured by installing again; one that has left is let go", async () => {
    const parted = target("life.parted", { id: "bigint" });
    const report = await prepare(
      `CREATE TABLE life.parted (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
       CREATE TABLE life.first PARTITION OF life.parted FOR VALUES FROM (0) TO (10)`,
      parted,
    );
    expect(report.uncaptured.join("\n")).toContain("ATTACH PARTITION");
    await pool.query("CREATE TABLE life.second PARTITION OF life.parted FOR VALUES FROM (10) TO (20)");
    expect((await capture.show(parted, never)).drift.join("\n")).toContain('"life"."second" has no trigger');
    // Nobody has to know: by the name of the whole it is captured all the same.
    expect(await each("INSERT INTO life.parted VALUES (11)", "INSERT INTO life.second VALUES (12)")).toEqual([
      ['upsert {"id": 11}'],
      [],
    ]);
    await capture.install(parted, never);
    expect(await each("INSERT INTO life.second VALUES (13)")).toEqual([['upsert {"id": 13}']]);
    await pool.query("ALTER TABLE life.parted DETACH PARTITION life.first");
    expect((await capture.show(parted, never)).drift.join("\n")).toContain('"life"."first" has a trigger');
    await capture.install(parted, never);
    expect(await each("INSERT INTO life.first VALUES (1)")).toEqual([[]]);
    await pool
      .query(
        "CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE life.far PARTITION OF life.parted FOR VALUES FROM (20) TO (30) SERVER s",
      )
      .then(
        () =>
          expect(capture.install(parted, never)).rejects.toMatchObject({
            problems: [{ message: expect.stringContaining("foreign table") }],
          }),
        (error: Error) => console.log(`skipped: a foreign partition: ${error.message}`),
      );
  });
});

test("categories capture one table each by itself, and a category several tables", async () => {
  const [a, b] = ["a", "b"].map((name) => target("life.shared", { id: "bigint" }, {}, name));
  const lines = target("life.shared_lines", { id: "bigint" }, { columns: { id: "of" } }, "a");
  if (a === undefined || b === undefined) throw new Error();
  await prepare("CREATE TABLE life.shared (id bigint PRIMARY KEY); CREATE TABLE life.shared_lines (of bigint)", a);
  await prepare("", b);
  await prepare("", lines);
  expect(await each("INSERT INTO life.shared VALUES (1)", "INSERT INTO life.shared_lines VALUES (1)")).toEqual([
    ['upsert {"id": 1}', 'upsert {"id": 1}'],
    ['upsert {"id": 1}'],
  ]);
  await capture.remove(b, never);
  for (const each of [a, lines]) expect(await state(each)).toBe("installed");
  await capture.remove(lines, never);
  expect(await each("INSERT INTO life.shared VALUES (2)", "INSERT INTO life.shared_lines VALUES (1)")).toEqual([
    ['upsert {"id": 2}'],
    [],
  ]);
});

test("what a transaction that rolls back has changed was never recorded, savepoints included", async () => {
  await onClient(pool, async (client) => {
    await client.query(
      "BEGIN; INSERT INTO life.shared VALUES (5); SAVEPOINT s; INSERT INTO life.shared VALUES (6); ROLLBACK TO s; COMMIT",
    );
    await client.query("BEGIN; DELETE FROM life.shared; ROLLBACK");
  });
  expect(await recorded()).toEqual(['upsert {"id": 5}']);
});

test("without Syncline's tables it says so", async () => {
  const bare = openSession({ connectionString: url, schema: "elsewhere" });
  await expect(bare.capture?.install(open, never)).rejects.toMatchObject({ code: "database.schema" });
});
