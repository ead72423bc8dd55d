import { instant, strategyName } from "./column-types.ts";
import { quoteLiteral } from "./identifier.ts";
import { batchOf, callOf, type OwnStatement } from "./statement.ts";
import { epochMs } from "./time.ts";

/**
 * The oldest changes behind the id `@after`, at most `@limit`, and what a dispatch of them relies
 * on. One row at least: how long the search took (µs), the highest id that was drawn before it
 * (NULL if the login may not know), the strategies' revision and the counter of revisions (NULL
 * while the dispatcher's row is locked), a change (NULL if there is none), and the lowest id.
 *
 * - Nothing stays locked: between this and the statement that writes, no worker keeps another from
 *   dispatching, however long it takes.
 * - The dispatcher's row is read before the changes: a change that was committed together with a
 *   strategy, or after it, is never read with the older revision and then written, since the
 *   revision is compared again under the lock.
 * - READPAST skips what others have locked: changes of transactions that are still open, and the
 *   dispatcher's row (another worker writes, or strategies are being edited). READCOMMITTEDLOCK,
 *   because READPAST is refused without it where READ_COMMITTED_SNAPSHOT is on.
 * - Into a table variable first: a client that stops reading keeps the lock of a row that it is
 *   being sent. An idle poll makes none.
 * - Ids are not commit order: what is behind `@after` is looked for from time to time.
 */
export function oldestChanges(schema: string): OwnStatement {
  const types = { limit: "int", after: "bigint" } as const;
  const found = readFound(schema);
  return batchOf(
    "oldest-changes",
    `DECLARE @began datetime2(7) = SYSUTCDATETIME(), @newest bigint = CAST(IDENT_CURRENT(${quoteLiteral(`${schema}.change`)}) AS bigint);
IF EXISTS (SELECT 1 FROM ${schema}.change ${skipLocked} WHERE id > @after)
${callOf(found, types)}
ELSE
SELECT ${sinceBegan}, @newest, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;`,
    [found],
    types,
  );
}

export const skipLocked = "WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)";
export const sinceBegan = "DATEDIFF_BIG(microsecond, @began, SYSUTCDATETIME())";

/** Where changes are read into: see `oldestChanges`. */
export const changeTable = `DECLARE @change TABLE (id bigint NOT NULL PRIMARY KEY, category nvarchar(128) NOT NULL, condition nvarchar(4000) NOT NULL,
  operation varchar(10) NOT NULL, strategy ${strategyName}, recorded_at ${instant} NOT NULL, traceparent varchar(64));`;

/** The columns of `changeTable`. */
export const changeColumns = "id, category, condition, operation, strategy, recorded_at, traceparent";

/** @param ids the highest id that is known, and the lowest. */
export function foundChanges({ newest, oldest }: { readonly newest: string; readonly oldest: string }): string {
  return `SELECT ${sinceBegan}, ${newest}, @strategies, @revision, c.id, c.category, c.condition, c.operation, c.strategy,
       ${epochMs("c.recorded_at")}, c.traceparent, ${oldest}
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN @change AS c ON 1 = 1
 ORDER BY c.id;`;
}

function readFound(schema: string): string {
  return `DECLARE @began datetime2(7) = SYSUTCDATETIME(), @strategies bigint, @revision bigint;
${changeTable}
SELECT @strategies = strategies_revision, @revision = revision FROM ${schema}.dispatcher ${skipLocked} WHERE id = 1;
INSERT INTO @change (${changeColumns})
SELECT TOP (CASE WHEN @revision IS NULL THEN 1 ELSE @limit END) ${changeColumns}
  FROM ${schema}.change ${skipLocked}
 WHERE id > @after
 ORDER BY id;
${foundChanges({ newest: "NULL", oldest: "(SELECT MIN(id) FROM @change)" })}`;
}
