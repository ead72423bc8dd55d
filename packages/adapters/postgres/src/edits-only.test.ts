import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

/** Who records, and who edits strategies, may stop nobody's dispatch by it. */
const url = await testDatabase();
const pool = openPool(url, 4);
const { migrate, poller } = openSession({ connectionString: url });
const suffix = new URL(url).pathname.slice(1);
const [recorder, editor] = [`recorder_${suffix}`, `editor_${suffix}`];

beforeAll(async () => {
  await migrate(never);
  await pool.query(`
    CREATE ROLE ${recorder} LOGIN PASSWORD 'secret'; CREATE ROLE ${editor} LOGIN PASSWORD 'secret';
    GRANT USAGE ON SCHEMA syncline TO ${recorder}, ${editor};
    GRANT INSERT ON syncline.change TO ${recorder};
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON syncline.strategy TO ${editor};
    INSERT INTO syncline.strategy (name, definition) VALUES ('there', '{}')`);
});
afterAll(() => pool.query(`DROP OWNED BY ${recorder}, ${editor}; DROP ROLE ${recorder}, ${editor}`));

async function as<Result>(role: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const login = new URL(url);
  login.username = role;
  login.password = "secret";
  const client = new pg.Client({ connectionString: login.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function dispatches(): Promise<boolean> {
  await recordTexts(pool, [`{"n":${Math.random()}}`]);
  return (await poller.dispatch(10, routeTo("crm"), never)).status === "done";
}

const triggerFunctions = ["bump_strategies_revision", "forget_operations", "keep_strategy_version", "touch_strategy"];

test("every function that Syncline installs is a trigger's, closed to all, or runs with its caller's rights", async () => {
  const { rows } = await pool.query<{ name: string; trigger: boolean; definer: boolean; open: boolean }>(`
    SELECT proname AS name, prorettype = 'trigger'::regtype AS trigger, prosecdef AS definer,
           has_function_privilege('${recorder}', oid, 'EXECUTE') AS open
      FROM pg_proc WHERE pronamespace = 'syncline'::regnamespace ORDER BY 1`);
  expect(rows.filter(({ trigger }) => trigger).map(({ name }) => name)).toEqual(triggerFunctions);
  expect(rows.filter(({ trigger, definer, open }) => open && (trigger || definer))).toEqual([]);
  expect(rows.filter(({ open }) => open).map(({ name }) => name)).toEqual(["record_change", "record_changes"]);
});

test.each([recorder, editor].flatMap((role) => triggerFunctions.map((name) => [role, name] as const)))(
  "%s cannot attach %s to a table of its own",
  async (role, name) => {
    await as(role, async (client) => {
      await client.query("CREATE TEMP TABLE own (x int)");
      const attach = client.query(
        `CREATE TRIGGER x AFTER INSERT ON own FOR EACH STATEMENT EXECUTE FUNCTION syncline.${name}()`,
      );
      await expect(attach).rejects.toMatchObject({ code: "42501" });
    });
  },
);

test("what somebody had attached before, or attaches as a superuser, is refused when it fires", async () => {
  const client = await pool.connect();
  try {
    await client.query(`CREATE TEMP TABLE strategy (x int);
      CREATE TRIGGER x AFTER INSERT ON strategy REFERENCING NEW TABLE AS edited
      FOR EACH STATEMENT EXECUTE FUNCTION syncline.bump_strategies_revision()`);
    await expect(client.query("INSERT INTO strategy SELECT 1")).rejects.toMatchObject({ code: "42501" });
  } finally {
    client.release(true);
  }
});

test.each([
  "DELETE FROM syncline.strategy WHERE false",
  "UPDATE syncline.strategy SET enabled = false WHERE name = 'nobody'",
  "INSERT INTO syncline.strategy SELECT * FROM syncline.strategy WHERE false",
  "INSERT INTO syncline.strategy (name, definition) VALUES ('there', '{}') ON CONFLICT DO NOTHING",
  "SELECT FROM syncline.strategy FOR UPDATE",
])("an open transaction that changed no strategy stops no dispatch: %s", async (text) => {
  await as(editor, async (client) => {
    await client.query("BEGIN");
    await client.query(text);
    expect(await dispatches()).toBe(true);
    await client.query("ROLLBACK");
  });
});

test.each([
  "INSERT INTO syncline.strategy (name, definition) VALUES ('new', '{}')",
  "INSERT INTO syncline.strategy (name, definition) VALUES ('there', '{}') ON CONFLICT (name) DO UPDATE SET enabled = true",
  "UPDATE syncline.strategy SET enabled = false",
  "DELETE FROM syncline.strategy",
  "TRUNCATE syncline.strategy",
])("an edit that changed a strategy keeps changes back until it is committed: %s", async (text) => {
  await as(editor, async (client) => {
    await client.query("BEGIN");
    await client.query(text);
    expect(await dispatches()).toBe(false);
    await client.query("ROLLBACK");
    expect(await dispatches()).toBe(true);
  });
});
