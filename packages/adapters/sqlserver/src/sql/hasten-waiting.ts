import { deliveryKeyColumns, joinDeliveries } from "./delivery-key.ts";
import { type OwnStatement, ownTransaction } from "./statement.ts";
import { declareNow } from "./time.ts";

/**
 * Makes due now what waits for something else to reach the downstream: of `@strategy` the `@limit`
 * that are due next. Answers how many.
 *
 * As a claim does it, from the index of what is due, and without waiting: what somebody has locked is
 * being worked on.
 */
export function hastenWaiting(schema: string): OwnStatement {
  return ownTransaction(
    "hasten-waiting",
    {
      work: `${declareNow}
DECLARE @count int;
DECLARE @waiting TABLE (${deliveryKeyColumns}, PRIMARY KEY (strategy, [key], ordinal));
INSERT INTO @waiting (strategy, [key], ordinal)
SELECT TOP (@limit) w.strategy, w.[key], w.ordinal
  FROM ${schema}.delivery AS w WITH (ROWLOCK, INDEX (delivery_due), FORCESEEK, READPAST, UPDLOCK, READCOMMITTEDLOCK)
 WHERE w.strategy = @strategy AND w.state = 'pending' AND w.due_at > @now AND w.token IS NULL
   AND w.failure_kind = 'dependency'
 ORDER BY w.due_at, w.id;
UPDATE d SET due_at = @now
  ${joinDeliveries(schema, "@waiting")};
SET @count = @@ROWCOUNT;`,
      answer: "SELECT @count;",
    },
    { strategy: "varchar(64)", limit: "int" },
  );
}
