import type { Claim } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, expect, test } from "vitest";
import { column, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const first = openSession({ connectionString: url });
const second = openSession({ connectionString: url });

beforeAll(() => first.migrate(never));

const strategies = ["crm", "erp", "mail"];
const keys = Array.from({ length: 40 }, (_, index) => `{"name":"${"aZü😀\uffee"[index % 5]}${index}"}`);
const failure = { kind: "rejected", code: "x", message: "no", effect: "no" } as const;

function shuffled<Value>(values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

/** Again and again until `others` have ended; the pause lets them go on where there is nothing to wait for. */
async function repeatWhile(others: Promise<unknown>, work: () => Promise<unknown>): Promise<void> {
  let over = false;
  const ended = others.finally(() => {
    over = true;
  });
  while (!over) {
    await work();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
}

async function repeat(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < times; round++) await work();
}

test("dispatch, claim, renew, settle, requeue and discard on the same hot keys never dead-lock", async () => {
  const inFlight: Claim[] = [];
  let settled = 0;
  const sessions = [first, second];
  const dispatching = sessions.map(({ poller }) =>
    repeat(60, async () => {
      await recordTexts(pool, shuffled(keys));
      const routes = shuffled(strategies).map((strategy) => routeTo(strategy));
      await poller.dispatch(
        100,
        (changes) => ({
          deliveries: shuffled(routes.flatMap((route) => route(changes, "1")?.deliveries ?? [])),
          refused: [],
        }),
        never,
      );
    }),
  );
  const dispatched = Promise.all(dispatching);
  const claiming = sessions.map(({ poller }) =>
    repeatWhile(dispatched, async () => {
      const demands = shuffled(strategies).map((strategy) => ({ strategy, count: 30, strict: strategy === "erp" }));
      inFlight.push(...(await poller.claim(demands, leaseOf(), never)));
    }),
  );
  // Taken and put back without care: what was settled meanwhile, or belongs to the other worker, is renewed and settled too.
  const renewing = sessions.map(({ poller }) =>
    repeatWhile(dispatched, () => poller.renew(shuffled(inFlight).slice(0, 60), 60_000)),
  );
  const settling = sessions.map(({ poller }, worker) =>
    repeatWhile(dispatched, async () => {
      const claims = shuffled(inFlight).slice(0, 60);
      const effects = await poller.settle(
        [...new Map(claims.map((claim) => [claim.id, claim])).values()].map((claim, index) =>
          worker === 0 || index % 3 > 0
            ? { result: "accepted", claim }
            : { result: index % 2 === 0 ? "dead" : "held", claim, failure },
        ),
      );
      settled += effects.filter((effect) => effect !== "late").length;
    }),
  );
  const operating = sessions.map(({ backlog }) =>
    repeatWhile(dispatched, async () => {
      await backlog.requeue({ strategy: "crm" }, never);
      await backlog.discard({ strategy: "mail" }, never);
      await backlog.status(never);
    }),
  );
  const outcomes = await Promise.allSettled(
    [...dispatching, ...claiming, ...renewing, ...settling, ...operating].flat(),
  );
  expect(outcomes.filter((outcome) => outcome.status === "rejected").map((outcome) => String(outcome.reason))).toEqual(
    [],
  );
  expect(await column(pool, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")).toEqual([
    "0",
  ]);
  expect(settled).toBeGreaterThan(0);
}, 60_000);

test("workers that share the changes lose none and deliver each key's last revision", async () => {
  await pool.query("TRUNCATE syncline.change, syncline.delivery");
  const last = new Map<string, bigint>();
  const work = async ({ poller }: typeof first) => {
    for (let idle = 0; idle < 3; ) {
      const { taken } = await poller.dispatch(50, routeTo("crm"), never);
      const claims = await poller.claim([{ strategy: "crm", count: 20, strict: false }], leaseOf(), never);
      const effects = await poller.settle(claims.map((claim) => ({ result: "accepted", claim })));
      effects.forEach((effect, index) => {
        const claim = claims[index];
        if (effect === "applied" && claim !== undefined) last.set(claim.key, BigInt(claim.revision));
      });
      idle = taken + claims.length === 0 ? idle + 1 : 0;
    }
  };
  const recording = repeat(30, () => recordTexts(pool, shuffled(keys)));
  await Promise.all([recording, work(first), work(second)]);
  await Promise.all([work(first), work(second)]);
  expect(await column(pool, "SELECT id FROM syncline.change UNION ALL SELECT id FROM syncline.delivery")).toEqual([]);
  expect(last.size).toBe(keys.length);
}, 60_000);
