import { auditColumns } from "@syncline/core/adapter-kit";
import { bigint, optional, text } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

/**
 * Who, when and under which id is the table's to say: its defaults are all that a worker's role may
 * have there.
 */
export function keepOperation(schema: string) {
  return statement(
    "keep_operation",
    {
      actor: optional(text),
      action: text,
      strategy: optional(text),
      reason: optional(text),
      selection: text,
      count: optional(bigint),
    },
    ({ actor, action, strategy, reason, selection, count }) =>
      `INSERT INTO ${schema}.operation (actor, action, strategy, reason, selection, count)
VALUES (${actor}, ${action}, ${strategy}, ${reason}, ${selection}, ${count})`,
  );
}

/** What operators did, newest first. */
export function listOperations(schema: string) {
  return statement(
    "list_operations",
    { before: bigint, action: optional(text), strategy: optional(text), limit: bigint },
    ({ before, action, strategy, limit }) => `SELECT ${auditColumns.select(spelling, {
      as: { at: "acted_at", actor: "coalesce(actor, login)" },
    })}
  FROM ${schema}.operation
 WHERE id < ${before} AND (${action} IS NULL OR action = ${action}) AND (${strategy} IS NULL OR strategy = ${strategy})
 ORDER BY operation.id DESC
 LIMIT ${limit}`,
  );
}
