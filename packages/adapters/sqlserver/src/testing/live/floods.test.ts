import type { DatabaseSession, RecordedChange } from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import type { LiveDatabase } from "../live-database.ts";
import { liveSuite, never } from "./live-suite.ts";

/** Whom a flood of changes keeps waiting, on a server. */

const { isSkipped, schema, inEach } = liveSuite("floods of changes", "floods");

interface Scene {
  record(category: string, count: number, strategy?: string): Promise<void>;
  dispatch(limit: number): Promise<readonly RecordedChange[]>;
  readonly session: DatabaseSession;
  readonly database: LiveDatabase;
}

/** A worker that knows of no flood. */
const onScene = (work: (scene: Scene) => Promise<void>) =>
  inEach(async (session, database) => {
    const { pool } = database;
    await pool.batch(`DELETE FROM ${schema}.change; DELETE FROM ${schema}.delivery`);
    await work({
      session,
      database,
      record: async (category, count, strategy) => {
        for (let from = 0; from < count; from += 500) {
          const rows = Array.from({ length: Math.min(500, count - from) }, (_, n) => {
            return `(N'${category}', N'k${from + n}', ${strategy === undefined ? "NULL" : `'${strategy}'`})`;
          });
          await pool.batch(`INSERT INTO ${schema}.change (category, condition, strategy) VALUES ${rows.join(", ")}`);
        }
      },
      dispatch: async (limit) => {
        let seen: readonly RecordedChange[] = [];
        const { taken } = await session.poller.dispatch(
          limit,
          (changes) => {
            seen = changes;
            const deliveries = changes.map(({ id }) => testDelivery({ key: `k${id}` }));
            return { deliveries, refused: [] };
          },
          never,
        );
        expect(taken).toBe(seen.length);
        return seen;
      },
    });
  });

const kindsOf = (changes: readonly RecordedChange[]) => {
  const counts: Record<string, number> = {};
  for (const { category, strategy } of changes) {
    const kind = strategy === null ? category : `${category} for ${strategy}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};

describe.skipIf(isSkipped)("beside a flood", { timeout: 120_000 }, () => {
  test("other categories' changes and another backfill's go along with a portion of it", () =>
    onScene(async ({ record, dispatch }) => {
      await record("order", 500);
      await record("part", 2);
      await record("part", 3, "erp");
      expect(kindsOf(await dispatch(100))).toEqual({ order: 100 });
      expect(kindsOf(await dispatch(100))).toEqual({ order: 95, part: 2, "part for erp": 3 });
      await record("part", 1);
      expect(kindsOf(await dispatch(100))).toEqual({ order: 99, part: 1 });
    }));

  test("of a backfill, live changes of the same category go first, and it gets on", () =>
    onScene(async ({ record, dispatch }) => {
      await record("order", 500, "crm");
      await record("order", 300);
      expect(kindsOf(await dispatch(100))).toEqual({ "order for crm": 100 });
      expect(kindsOf(await dispatch(100))).toEqual({ order: 50, "order for crm": 50 });
      expect(kindsOf(await dispatch(100))).toEqual({ order: 87, "order for crm": 13 });
    }));

  test("of each kind the oldest go first, and the last dispatch has taken all", () =>
    onScene(async ({ record, dispatch }) => {
      await record("order", 250);
      await record("part", 1);
      await record("order", 250);
      const taken: RecordedChange[] = [];
      // One that finds that a flood is over may be empty.
      for (let empty = 0; empty < 2; ) {
        const more = await dispatch(100);
        empty = more.length === 0 ? empty + 1 : 0;
        taken.push(...more);
      }
      const orders = taken.filter(({ category }) => category === "order").map(({ id }) => Number(id));
      expect(orders).toHaveLength(500);
      expect(orders).toEqual([...orders].sort((one, other) => one - other));
      expect(taken).toHaveLength(501);
    }));

  test("what a dispatch puts back, the next one takes", () =>
    onScene(async ({ record, dispatch, session }) => {
      await record("order", 300);
      await record("part", 1);
      await dispatch(100);
      expect(await session.poller.dispatch(100, () => undefined, never)).toMatchObject({ status: "stale", taken: 0 });
      expect(kindsOf(await dispatch(100))).toEqual({ order: 99, part: 1 });
    }));

  test("which another worker has taken, everything goes on as before", () =>
    onScene(async ({ record, dispatch, database }) => {
      await record("order", 300);
      await dispatch(100);
      await database.pool.batch(`DELETE FROM ${schema}.change`);
      await record("order", 3);
      expect(kindsOf([...(await dispatch(100)), ...(await dispatch(100))])).toEqual({ order: 3 });
    }));
});
