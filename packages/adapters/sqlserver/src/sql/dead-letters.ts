import { deliveryKeyColumns, joinDeliveries } from "./delivery-key.ts";
import { type OwnStatement, ownTransaction, singleStatement } from "./statement.ts";
import { declareNow, epochMs } from "./time.ts";

/** A page of dead and held deliveries. `@after` the last id seen, `@strategy` one or NULL, `@limit` how many. */
export function deadLetters(schema: string): OwnStatement {
  return singleStatement(
    "dead-letters",
    `SELECT TOP (@limit) id, strategy, [key], state, operation, attempts, epoch,
       COALESCE(failure_kind, ''), COALESCE(failure_code, ''), COALESCE(failure_message, ''), ${epochMs("died_at")}
  FROM ${schema}.delivery
 WHERE state <> 'pending' AND id > @after AND (@strategy IS NULL OR strategy = @strategy)
 ORDER BY id;`,
    { after: "bigint", strategy: "varchar(64)", limit: "int" },
  );
}

const selection = { ids: "nvarchar(max)", strategy: "varchar(64)" } as const;

/**
 * Those that were chosen: `@ids` a JSON array or NULL, `@strategy` one or NULL. Found first, without keeping a lock: they are
 * then locked by their keys, in lock order, since a dispatch may be reviving the same ones.
 */
function chosen(schema: string): string {
  return `DECLARE @chosen TABLE (${deliveryKeyColumns}, PRIMARY KEY (strategy, [key], ordinal));
INSERT INTO @chosen (strategy, [key], ordinal)
SELECT strategy, [key], ordinal
  FROM ${schema}.delivery
 WHERE state <> 'pending'
   AND (strategy = @strategy OR id IN (SELECT CAST(j.value AS bigint) FROM OPENJSON(@ids) AS j));`;
}

/** Makes them due now, with fresh attempts and the next epoch: the same content then goes out under another id. */
export function requeueDeadLetters(schema: string): OwnStatement {
  return ownTransaction(
    "requeue-dead-letters",
    `${declareNow}
${chosen(schema)}
UPDATE d
   SET state = 'pending', token = NULL, due_at = @now, attempts = 0, epoch = d.epoch + 1, debounced = 0,
       failure_kind = NULL, failure_code = NULL, failure_message = NULL, died_at = NULL
  ${joinDeliveries(schema, "@chosen")}
 WHERE d.state <> 'pending';
SELECT @@ROWCOUNT;`,
    selection,
  );
}

export function discardDeadLetters(schema: string): OwnStatement {
  return ownTransaction(
    "discard-dead-letters",
    `${chosen(schema)}
DELETE d
  ${joinDeliveries(schema, "@chosen")}
 WHERE d.state <> 'pending';
SELECT @@ROWCOUNT;`,
    selection,
  );
}
