import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, expect, test } from "vitest";
import { column, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { migrate, poller } = openSession({ connectionString: url });

beforeAll(() => migrate(never));

let count = 0;

/** Of so many deliveries of one dispatch. */
async function draw(deliveries = 1): Promise<readonly bigint[]> {
  const keys = Array.from({ length: deliveries }, () => `key ${++count}`);
  await recordTexts(pool, keys);
  await poller.dispatch(10_000, routeTo("crm"), never);
  const claims = await poller.claim([{ strategy: "crm", count: 10_000, strict: false }], leaseOf(), never);
  expect(claims.map(({ key }) => key).sort()).toEqual([...keys].sort());
  return claims.map(({ revision }) => BigInt(revision)).sort((a, b) => (a < b ? -1 : 1));
}

async function clock(): Promise<bigint> {
  const [text] = await column(pool, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
  return BigInt(text ?? 0);
}

test("revisions are taken from the database's clock, in microseconds since 1970", async () => {
  const before = await clock();
  const [revision = 0n] = await draw();
  expect(revision).toBeGreaterThan(before);
  expect(revision).toBeLessThan(await clock());
});

test("those of one dispatch follow each other", async () => {
  const drawn = await draw(1_000);
  const [first = 0n] = drawn;
  expect(drawn).toEqual(drawn.map((_, index) => first + BigInt(index)));
});

test("they go on from the last one where the clock was put back", async () => {
  const ahead = (await clock()) + 3_600_000_000n;
  await pool.query("SELECT setval('syncline.revision', $1)", [String(ahead)]);
  expect(await draw()).toEqual([ahead + 1n]);
  expect(await draw(3)).toEqual([ahead + 2n, ahead + 3n, ahead + 4n]);
});

test("a sequence from before that drew from 1 is taken up", async () => {
  await pool.query("SELECT setval('syncline.revision', 41)");
  const before = await clock();
  expect((await draw())[0]).toBeGreaterThan(before);
});

test("what a session keeps in store of the sequence is not drawn", async () => {
  await pool.query("ALTER SEQUENCE syncline.revision CACHE 100");
  const ahead = (await clock()) + 3_600_000_000n;
  await pool.query("SELECT setval('syncline.revision', $1)", [String(ahead)]);
  expect([...(await draw()), ...(await draw())]).toEqual([ahead + 1n, ahead + 2n]);
});
