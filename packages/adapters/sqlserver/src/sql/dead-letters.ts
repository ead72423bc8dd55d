import { columnName, deadCauseColumns, deadLetterColumns } from "@syncline/core/adapter-kit";
import { keepOperation, recordParameter } from "./audit.ts";
import { binary, declared, strategyName } from "./column-types.ts";
import { deliveryKeyColumns, joinDeliveries, lockInOrder } from "./delivery-key.ts";
import { inSnapshotOrNot, type TwoStatements } from "./in-snapshot-or-not.ts";
import { spelling } from "./spelling.ts";
import { type OwnStatement, ownTransaction, singleStatement, snapshotStatement } from "./statement.ts";
import { after, declareNow } from "./time.ts";

const filter = {
  strategy: "varchar(64)",
  key: "nvarchar(400)",
  kind: "varchar(64)",
  code: "nvarchar(400)",
  state: "varchar(64)",
  older_than_ms: "bigint",
} as const;

/** What is dead or held, and fits. Letter for letter, whatever the database's collation is. */
const fits = `d.state <> 'pending' AND (@strategy IS NULL OR d.strategy = @strategy)
   AND (@key IS NULL OR CHARINDEX(@key, d.[key]) > 0)
   AND (@kind IS NULL OR d.failure_kind = @kind ${binary})
   AND (@code IS NULL OR d.failure_code = @code ${binary})
   AND (@state IS NULL OR d.state = @state)
   AND (@older_than_ms IS NULL OR d.died_at <= ${after("@now", "(0 - @older_than_ms)")})`;

/**
 * A page of dead and held deliveries. `@after` the last id seen, `@limit` how many; of the filter,
 * NULL for what does not matter.
 *
 * Without a snapshot, found first, and then read by key: who goes from an entry of the index
 * to its row meets whoever revives it, and comes from the row, and the server ends one of them.
 * Whom it ends, should it come to that, is this read.
 */
export function deadLetters(schema: string): TwoStatements {
  const types = { ...filter, after: "bigint", limit: "int" } as const;
  const found = (columns: string, hints: string) => `SELECT TOP (@limit) ${columns}
  FROM ${schema}.delivery AS d WITH (${hints}INDEX (delivery_dead))
 WHERE d.id > @after AND ${fits}
 ORDER BY d.id;`;
  const letters = deadLetterColumns.list(spelling);
  return {
    inSnapshot: snapshotStatement(
      "dead-letters",
      `${declareNow}\n${found(deadLetterColumns.select(spelling, { from: "d." }), "")}`,
      types,
    ),
    elsewhere: singleStatement(
      "dead-letters-without-snapshot",
      `SET DEADLOCK_PRIORITY LOW;
${declareNow}
DECLARE @page TABLE (n bigint NOT NULL PRIMARY KEY, ${deliveryKeyColumns});
DECLARE @letter TABLE (${declared(deadLetterColumns.names)}, PRIMARY KEY (id));
INSERT INTO @page (n, strategy, [key], ordinal)
${found("d.id, d.strategy, d.[key], d.ordinal", "ROWLOCK, ")}
INSERT INTO @letter (${letters})
SELECT ${deadLetterColumns.list(spelling, { from: "d." })}
  ${joinDeliveries(schema, "@page")}
 WHERE d.state <> 'pending';
SELECT ${deadLetterColumns.select(spelling)}
  FROM @letter
 ORDER BY id;`,
      types,
    ),
  };
}

/** What they died of, the most frequent first. */
export function deadCauses(schema: string): TwoStatements {
  const counted = (hints: string) => `SELECT TOP (1000) ${deadCauseColumns.select(spelling, {
    from: "c.",
    as: {
      kind: "c.failure_kind",
      code: "c.failure_code",
      message: "MIN(c.failure_message)",
      count: "COUNT_BIG(*)",
      held: "SUM(CASE WHEN c.state = 'held' THEN 1 ELSE 0 END)",
      oldestDiedAt: "MIN(c.died_at)",
      newestDiedAt: "MAX(c.died_at)",
    },
  })}
  FROM (
    SELECT d.strategy, d.state, d.failure_kind ${binary} AS failure_kind, d.failure_code ${binary} AS failure_code,
           d.failure_message ${binary} AS failure_message, d.died_at
      FROM ${schema}.delivery AS d WITH (${hints}INDEX (delivery_dead))
     WHERE ${fits}) AS c
 GROUP BY c.strategy, c.failure_kind, c.failure_code
 ORDER BY COUNT_BIG(*) DESC, c.strategy, c.failure_kind, c.failure_code`;
  return inSnapshotOrNot("dead-causes", counted, {
    types: filter,
    columns: deadCauseColumns.names.map(columnName).join(", "),
    held: `strategy ${strategyName} NOT NULL, kind varchar(20), code nvarchar(200), message nvarchar(2000), count bigint NOT NULL,
  held bigint NOT NULL, oldest_died_at bigint, newest_died_at bigint`,
    hints: "ROWLOCK, ",
  });
}

const selection = { ids: "nvarchar(max)", ...recordParameter } as const;

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
SET @count = @@ROWCOUNT;
${keepOperation(schema, "@count")}`,
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
SET @count = @@ROWCOUNT;
${keepOperation(schema, "@count")}`,
      answer: "SELECT @count;",
    },
    selection,
  );
}
