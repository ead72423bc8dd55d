import { ByteLimit } from "@syncline/core/adapter-kit";
import {
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
} from "@syncline/core/spi";
import type { PgPool, PgQuery } from "./driver.ts";
import { type ReadSession, withReadSession } from "./read-session.ts";
import { hasBegun } from "./sql/transaction-step.ts";
import { wireTypes } from "./wire-types.ts";

export interface QueryRunnerSettings {
  /** Whose login reads. One that may do no more than SELECT is the real fence; what is here is the second. */
  readonly pool: PgPool;
  /** `SET LOCAL ROLE` for each read. A hostile template can set it back, so a login of its own is the safer way. */
  readonly role?: string;
}

/**
 * Three messages for a composed set, whatever the number of keys: BEGIN with all settings, the statement, ROLLBACK. Drivers
 * that pipeline send them in one packet.
 *
 * ROLLBACK and not COMMIT, since it also undoes what a read-only transaction lets a template do: a NOTIFY, a
 * `set_config(…, false)` that would outlive the transaction on a pooled connection.
 */
export function createQueryRunner({ pool, role }: QueryRunnerSettings): QueryRunner {
  return {
    run: (statements, limits, signal) =>
      withReadSession({ pool, role, timeoutMs: limits.timeoutMs, maxBytes: limits.maxBytes, signal }, (session) =>
        runAll(session, statements, limits),
      ),
  };
}

async function runAll(
  session: ReadSession,
  statements: readonly Statement[],
  limits: QueryLimits,
): Promise<readonly QueryResult[]> {
  const results: QueryResult[] = [];
  // Where the socket cannot be seen, what has come is measured: late, but before more is read.
  const byteLimit = session.isMetered ? undefined : new ByteLimit(limits.maxBytes);
  for (const [index, statement] of statements.entries()) {
    const result = await runOne(session, statement, limits, index === statements.length - 1);
    if (byteLimit !== undefined) for (const row of result.rows) byteLimit.add(row);
    results.push(result);
  }
  return results;
}

async function runOne(
  session: ReadSession,
  statement: Statement,
  limits: QueryLimits,
  isLast: boolean,
): Promise<QueryResult> {
  const { fields, rows } = await session.query(limitedQuery(statement, limits), isLast);
  if (rows.length > limits.maxRows) {
    throw new SynclineError("query.row-limit", `The query yields more than ${limits.maxRows} rows.`);
  }
  return { columns: fields.map(({ name }) => name), rows: rows as QueryResult["rows"] };
}

/**
 * The limit is the server's, so that no more is ever sent; it is one more than allowed, to tell "too many" from "just
 * enough". An outer LIMIT keeps the order of what it limits. As a subquery, a template can be nothing but a SELECT,
 * and the extended protocol takes nothing but one statement.
 */
function limitedQuery({ text, parameters }: Statement, { maxRows, numbers }: QueryLimits): PgQuery {
  return {
    text: `SELECT * FROM (\n${text}\n) AS "syncline rows" WHERE ${hasBegun} LIMIT $${parameters.length + 1}`,
    values: [...parameters, String(maxRows + 1)],
    rowMode: "array",
    queryMode: "extended",
    types: wireTypes(numbers),
  };
}
