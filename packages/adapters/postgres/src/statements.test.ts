import { testDatabase } from "@syncline/dev-postgres/vitest";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { accepted, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const counted = openPool(url, 1);
const { poller, migrate } = openSession({ pool: counted });
const texts: string[] = [];

beforeAll(async () => {
  await migrate(never);
  const client = await counted.connect();
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  Object.assign(client, {
    query: (...args: unknown[]) => {
      const [first] = args;
      texts.push(typeof first === "string" ? first : (first as pg.QueryConfig).text);
      return query(...args);
    },
  });
  client.release();
});

async function statementsOf<Result>(work: () => Promise<Result>): Promise<{ count: number; result: Result }> {
  texts.length = 0;
  const result = await work();
  return { count: texts.length, result };
}

const demand = [{ strategy: "crm", count: 1_000, strict: false }];

test("an idle round of polling costs six statements in three packets and writes nothing", async () => {
  const { count } = await statementsOf(async () => {
    await poller.dispatch(1_000, routeTo("crm"), never);
    await poller.claim(demand, leaseOf(), never);
  });
  expect(count).toBe(6);
  const { rows } = await pool.query("SELECT xmax = 0 AS untouched FROM syncline.dispatcher");
  expect(rows).toEqual([{ untouched: true }]);
});

test.each([1, 1_000])(
  "with %i changes dispatch takes four statements, claim, renew and settle one each between BEGIN and COMMIT",
  async (size) => {
    const keys = Array.from({ length: size }, (_, index) => `k${index}`);
    await recordTexts(pool, keys);
    expect(await statementsOf(() => poller.dispatch(size, routeTo("crm"), never))).toMatchObject({ count: 4 });
    const { count, result: claims } = await statementsOf(() => poller.claim(demand, leaseOf(), never));
    expect([count, claims.length]).toEqual([3, size]);
    expect(await statementsOf(() => poller.renew(claims, 1_000))).toMatchObject({ count: 3 });
    expect(await statementsOf(() => poller.settle(accepted(claims)))).toMatchObject({ count: 3 });
  },
);

test("what a few changes take is planned once, and not anew for each", async () => {
  for (let round = 0; round < 10; round += 1) {
    await recordTexts(pool, [`planned ${round}`]);
    const { claims } = await poller.dispatch(1, routeTo("crm", { lease: leaseOf() }), never);
    expect(await poller.renew(claims, 1_000)).toHaveLength(1);
    expect(await poller.settle(accepted(claims))).toEqual(["applied"]);
  }
  const { rows } = await counted.query<{ name: string; anew: string }>(
    "SELECT name, custom_plans AS anew FROM pg_prepared_statements WHERE name ~ '_(upsert|renew|settle_accepted)_'",
  );
  expect(rows).toHaveLength(3);
  // The server's own rule: five times it looks at what it is given.
  for (const { name, anew } of rows) expect([name, Number(anew)]).toEqual([name, 5]);
});

test("a failed transaction, whose COMMIT succeeds as a ROLLBACK, is not taken for a committed one", async () => {
  const own = openPool(url, 1);
  const session = openSession({ pool: own });
  await recordTexts(pool, ["k"]);
  const acquired = new Promise<pg.PoolClient>((resolve) => own.once("acquire", resolve));
  let client: pg.PoolClient | undefined;
  void acquired.then((each) => {
    client = each;
  });
  const dispatching = session.poller.dispatch(
    1,
    () => {
      // Behind our back, as a proxy could: the next statement is our COMMIT.
      client?.query("SELECT 1 / 0").catch(() => {});
      return { deliveries: [], refused: [] };
    },
    never,
  );
  await expect(dispatching).rejects.toMatchObject({
    code: "database.failed",
    message: expect.stringContaining("ROLLBACK"),
  });
  expect((await pool.query("SELECT condition FROM syncline.change")).rows).toEqual([{ condition: "k" }]);
});
