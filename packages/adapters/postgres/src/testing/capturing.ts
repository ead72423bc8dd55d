import {
  type CaptureReport,
  type CaptureTarget,
  type CategoryFields,
  type CategorySource,
  category,
} from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import type pg from "pg";
import { beforeAll } from "vitest";
import { never, openPool, openSession } from "./session.ts";

/** A database with Syncline's tables, to capture in. For a test file's top level. */
export async function capturing() {
  const url = await testDatabase();
  const pool = openPool(url, 4);
  const { migrate, capture, ...session } = openSession({ connectionString: url });
  if (capture === undefined) throw new Error("no capture");
  beforeAll(() => migrate(never));

  /** What has been recorded since it was asked last: `order {"id": 1} upsert`, sorted. */
  async function recorded(): Promise<readonly string[]> {
    const { rows } = await pool.query<{ category: string; condition: string; operation: string }>(
      "DELETE FROM syncline.change RETURNING category, condition, operation",
    );
    return rows.map(({ condition, operation }) => `${operation} ${condition}`).sort();
  }

  return {
    url,
    pool,
    session: { migrate, capture, ...session },
    capture,
    recorded,
    /** Makes tables, and captures the target. */
    prepare: async (sql: string, target: CaptureTarget): Promise<CaptureReport> => {
      await pool.query(sql);
      const report = await capture.install(target, never);
      await recorded();
      return report;
    },
    /** Runs the statements, each by itself, and tells what was recorded of each. */
    each: async (...statements: readonly string[]): Promise<readonly (readonly string[])[]> => {
      const found: (readonly string[])[] = [];
      for (const statement of statements) {
        await pool.query(statement);
        found.push(await recorded());
      }
      return found;
    },
  };
}

export function target(
  table: string,
  fields: CategoryFields,
  rest: Omit<CategorySource, "table"> = {},
  name = "thing",
): CaptureTarget {
  const source = { table, ...rest };
  return { category: category(name, fields, source), source };
}

/** On a connection of its own, which is given back as it was. */
export async function onClient<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release(true);
  }
}
