import { keyText, strategyName } from "./column-types.ts";

/** Columns of a table variable: what names a delivery among those of one strategy. */
export const keyColumns = `[key] ${keyText} NOT NULL, ordinal bigint NOT NULL`;

/** What names a delivery. */
export const deliveryKeyColumns = `strategy ${strategyName} NOT NULL, ${keyColumns}`;

/**
 * Joins rows that name deliveries, one after the other, to the deliveries they name.
 *
 * A loop over the clustered key, which is the only order in which deliveries are locked when somebody waits for a lock:
 * first the row, in the order (strategy, key, ordinal), then its entries in other indexes. A hash or merge join would read
 * rows that are not named, and wait for those who hold them; the way through another index would lock in the other
 * direction, and dead-lock with whoever deletes the row. Without statistics on a table variable the server might think
 * otherwise, so the hints say it.
 */
export function joinDeliveries(schema: string, named: string, hints = ""): string {
  return `FROM ${named} AS g
  INNER LOOP JOIN ${schema}.delivery AS d WITH (ROWLOCK, FORCESEEK${hints === "" ? "" : `, ${hints}`})
     ON d.strategy = g.strategy AND d.[key] = g.[key] AND d.ordinal = g.ordinal`;
}

/**
 * Locks what `named` names (a table variable with `n`, in lock order), one row after the other:
 * `into` takes the columns. Without ORDER BY, the server may fetch ahead, and lock in the order in
 * which pages come; TOP makes a sub-query's order count. An INSERT into a table variable is never
 * run in parallel. Two that lock in one order never dead-lock.
 */
export function lockInOrder(schema: string, named: string, into: string, columns: string, where = ""): string {
  return `INSERT INTO ${into}
SELECT TOP (2147483647) ${columns}
  ${joinDeliveries(schema, named, "UPDLOCK")}${where === "" ? "" : `\n WHERE ${where}`}
 ORDER BY g.n;`;
}

/**
 * Whether a strategy has deliveries that go out one by one (ordinal above 0), from now or from
 * before its `coalesce` was changed. Written with the literal that the index `delivery_ordered` is
 * filtered by: one seek.
 */
export function hasOrdered(schema: string, strategy: string): string {
  return `EXISTS (SELECT 1 FROM ${schema}.delivery AS ordered WHERE ordered.strategy = ${strategy} AND ordered.ordinal > 0)`;
}

/**
 * Whether a delivery may go out: nothing of its key is in flight, and nothing was written before it
 * (ids come in the order of writing, and what folds keeps its first). What folds and was written
 * behind a dead letter, as earlier versions did, passes it: the newest state gets out. `of`: its
 * strategy, key, ordinal and id as expressions.
 */
export function goesFirst(schema: string, of: DeliveryPlace): string {
  const others = `${schema}.delivery AS o
             WHERE o.strategy = ${of.strategy} AND o.[key] = ${of.key} AND o.id <> ${of.id}`;
  return `NOT EXISTS (
            SELECT 1 FROM ${others}
               AND o.state = 'pending' AND o.token IS NOT NULL AND o.due_at > @now)
       AND COALESCE((
            SELECT TOP (1) CASE WHEN ${of.ordinal} > 0 THEN 'first' ELSE o.state END
              FROM ${others} AND o.id < ${of.id}
             ORDER BY o.id), 'dead') = 'dead'`;
}

export interface DeliveryPlace {
  readonly strategy: string;
  readonly key: string;
  readonly ordinal: string;
  readonly id: string;
}
