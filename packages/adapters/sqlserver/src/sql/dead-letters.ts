import { deadLetterColumns } from "@syncline/core/adapter-kit";
import { declared } from "./column-types.ts";
import { deliveryKeyColumns, joinDeliveries, lockInOrder } from "./delivery-key.ts";
import { spelling } from "./spelling.ts";
import { type OwnStatement, ownTransaction, singleStatement } from "./statement.ts";
import { declareNow } from "./time.ts";

/**
 * A page of dead and held deliveries. `@after` the last id seen, `@strategy` one or NULL, `@limit` how many.
 *
 * Found in the index, which has their keys, and read by these: who goes from an entry of the index
 * to its row meets whoever revives it, and comes from the row, and the server ends one of them.
 * Whom it ends, should it come to that, is this read.
 */
export function deadLetters(schema: string): OwnStatement {
  return singleStatement(
    "dead-letters",
    `SET DEADLOCK_PRIORITY LOW;
DECLARE @page TABLE (n bigint NOT NULL PRIMARY KEY, ${deliveryKeyColumns});
DECLARE @letter TABLE (${declared(deadLetterColumns.names)}, PRIMARY KEY (id));
INSERT INTO @page (n, strategy, [key], ordinal)
SELECT TOP (@limit) id, strategy, [key], ordinal
  FROM ${schema}.delivery WITH (ROWLOCK, INDEX (delivery_dead))
 WHERE state <> 'pending' AND id > @after AND (@strategy IS NULL OR strategy = @strategy)
 ORDER BY id;
INSERT INTO @letter (${deadLetterColumns.list(spelling)})
SELECT ${deadLetterColumns.list(spelling, { from: "d." })}
  ${joinDeliveries(schema, "@page")}
 WHERE d.state <> 'pending';
SELECT ${deadLetterColumns.select(spelling)}
  FROM @letter
 ORDER BY id;`,
    { after: "bigint", strategy: "varchar(64)", limit: "int" },
  );
}

const selection = { ids: "nvarchar(max)" } as const;

/**
 * Those that were chosen: `@ids`, a JSON array. Found first, without keeping a lock: they are
 * then locked by their keys, in lock order, since a dispatch may be reviving the same ones.
 */
function chosen(schema: string): string {
  return `DECLARE @count int;
DECLARE @chosen TABLE (n bigint IDENTITY NOT NULL PRIMARY KEY, ${deliveryKeyColumns});
DECLARE @locked TABLE (n bigint NOT NULL PRIMARY KEY);
INSERT INTO @chosen (strategy, [key], ordinal)
SELECT strategy, [key], ordinal
  FROM ${schema}.delivery WITH (ROWLOCK)
 WHERE state <> 'pending'
   AND id IN (SELECT CAST(j.value AS bigint) FROM OPENJSON(@ids) AS j)
 ORDER BY strategy, [key], ordinal;
${lockInOrder(schema, "@chosen", "@locked (n)", "g.n", "d.state <> 'pending'")}`;
}

/** Makes them due now, with fresh attempts and the next epoch: the same content then goes out under another id. */
export function requeueDeadLetters(schema: string): OwnStatement {
  return ownTransaction(
    "requeue-dead-letters",
    {
      work: `${declareNow}
${chosen(schema)}
UPDATE d
   SET state = 'pending', token = NULL, due_at = @now, attempts = 0, epoch = d.epoch + 1, debounced = 0,
       failure_kind = NULL, failure_code = NULL, failure_message = NULL, died_at = NULL
  ${joinDeliveries(schema, "@chosen")}
 WHERE d.state <> 'pending';
SET @count = @@ROWCOUNT;`,
      answer: "SELECT @count;",
    },
    selection,
  );
}

export function discardDeadLetters(schema: string): OwnStatement {
  return ownTransaction(
    "discard-dead-letters",
    {
      work: `${chosen(schema)}
DELETE d
  ${joinDeliveries(schema, "@chosen")}
 WHERE d.state <> 'pending';
SET @count = @@ROWCOUNT;`,
      answer: "SELECT @count;",
    },
    selection,
  );
}
