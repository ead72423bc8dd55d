import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { accepted, column, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const acting = openSession({ connectionString: url });
const working = openSession({ connectionString: url });

beforeAll(() => acting.migrate(never));

const keyOf = (number: number) => `{"orderId":"${number}"}`;
/** Long enough for a busy machine; whoever waits for the portion waits for ever. */
const soon = () => AbortSignal.timeout(20_000);

test.each([
  ["requeue", 1_000],
  ["discard", 1_000],
] as const)("while a portion of a %s is open, dispatch, claims and settlements go on", async (what, most) => {
  await pool.query("TRUNCATE syncline.change, syncline.delivery");
  await pool.query(`INSERT INTO syncline.delivery
      (id, strategy, key, revision, operation, first_recorded_at, due_at, state, died_at, failure_kind, failure_code, failure_message)
    SELECT nextval(pg_get_serial_sequence('syncline.change', 'id')), 'crm', '{"orderId":"' || n || '"}', n, 'upsert', now(), now(), 'dead', now(), 'rejected', 'http.422', 'no'
      FROM generate_series(1, 10000) AS n`);
  const ids = await column(pool, `SELECT id FROM syncline.delivery ORDER BY id LIMIT ${most}`);
  const holder = await pool.connect();
  onTestFinished(() => holder.release(true));
  // The portion's last statement waits here, with all its locks.
  await holder.query("BEGIN; LOCK TABLE syncline.operation IN ACCESS EXCLUSIVE MODE");
  const record = { action: what, actor: "ann", reason: "mended", strategy: "crm", selection: "{}" } as const;
  const open = acting.backlog[what]({ ids }, never, record);
  const waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'syncline.operation'::regclass";
  await expect.poll(() => column(pool, waiting), { timeout: 20_000 }).toEqual(["1"]);

  const others = Array.from({ length: 50 }, (_, index) => keyOf(20_000 + index));
  // A dead one is revived, which is none of the portion.
  await recordTexts(pool, [...others, keyOf(9_999)]);
  const { taken } = await working.poller.dispatch(100, routeTo("crm"), soon());
  const claims = await working.poller.claim([{ strategy: "crm", count: 200, strict: false }], leaseOf(), soon());
  expect([taken, claims.length]).toEqual([51, 51]);
  expect(await working.poller.settle(accepted(claims))).toEqual(claims.map(() => "applied"));
  expect((await working.backlog.status(soon())).strategies[0]?.dead).toBe(9_999);

  // One of the portion: it waits for the portion, and no longer.
  await recordTexts(pool, [keyOf(7)]);
  const dispatched = working.poller.dispatch(100, routeTo("crm"), soon());
  await holder.query("ROLLBACK");
  expect([await open, (await dispatched).taken]).toEqual([most, 1]);
  const [revived] = await column(
    pool,
    `SELECT count(*) FROM syncline.delivery WHERE key = '${keyOf(7)}' AND state = 'pending'`,
  );
  expect(revived).toBe("1");
});
