import type pg from "pg";

/** A row of the delivery table, and whether its lease holds by the database's clock. */
export interface DeliveryRow {
  readonly strategy: string;
  readonly key: string;
  readonly state: string;
  readonly leased: boolean;
  readonly token: string | null;
  readonly attempts: number;
  readonly revision: string;
  readonly failureCode: string | null;
}

export async function deliveries(pool: pg.Pool): Promise<readonly DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT strategy, key, state, token IS NOT NULL AND due_at > statement_timestamp() AS leased, token, attempts,
            revision::text, failure_code AS "failureCode"
       FROM syncline.delivery ORDER BY strategy, key, ordinal`,
  );
  return rows;
}

export async function count(pool: pg.Pool, from: string): Promise<number> {
  const { rows } = await pool.query<{ readonly count: string }>(`SELECT count(*) FROM ${from}`);
  return Number(rows[0]?.count);
}

export async function leasedCount(pool: pg.Pool): Promise<number> {
  return count(pool, "syncline.delivery WHERE token IS NOT NULL AND due_at > statement_timestamp()");
}

/** Nothing recorded that was not dispatched, nothing dispatched that was not delivered. */
export async function isEmpty(pool: pg.Pool): Promise<boolean> {
  return (await count(pool, "syncline.change")) === 0 && (await count(pool, "syncline.delivery")) === 0;
}
