import { auditColumns } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { type OwnStatement, singleStatement } from "./statement.ts";

/** What a statement that operators use takes beside its own: what is to be kept of it, or NULL. */
export const recordParameter = { record: "nvarchar(max)" } as const;

/**
 * Keeps `@record` within the transaction of what it tells of, where that came to anything: in its
 * own batch, since no lock of ours outlasts one. `count`: of how many, an expression.
 */
export function keepOperation(schema: string, count: string): string {
  return `DECLARE @kept bigint = ${count};
IF @record IS NOT NULL AND @kept > 0
EXEC ${schema}.keep_operation @record, @kept;`;
}

/** What operators did, newest first. */
export function listOperations(schema: string): OwnStatement {
  return singleStatement(
    "list-operations",
    `SELECT TOP (@limit) ${auditColumns.select(spelling, { from: "o.", as: { at: "o.acted_at", actor: "COALESCE(o.actor, o.login)" } })}
  FROM ${schema}.operation AS o
 WHERE o.id < @before AND (@action IS NULL OR o.action = @action) AND (@strategy IS NULL OR o.strategy = @strategy)
 ORDER BY o.id DESC;`,
    { before: "bigint", action: "varchar(64)", strategy: "varchar(64)", limit: "int" },
  );
}
