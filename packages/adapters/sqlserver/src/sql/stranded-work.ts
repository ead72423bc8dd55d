import { keepOperation, recordParameter } from "./audit.ts";
import { binary, instant, word } from "./column-types.ts";
import { deliveryKeyColumns, joinDeliveries } from "./delivery-key.ts";
import { type OwnStatement, ownTransaction, singleStatement } from "./statement.ts";
import { after, declareNow } from "./time.ts";

/**
 * Says that `@worker` has the strategies `@parts` (a JSON array of texts, each a JSON array of
 * names) until `@lapse_ms` from now. Returns those of the other living workers, one such text a
 * row.
 *
 * Those of others are read first, before a row of our own is locked: read after that, two workers
 * would wait for each other. What has lapsed long since is deleted, but for what somebody has
 * locked.
 */
export function attend(schema: string): OwnStatement {
  return ownTransaction(
    "attend",
    {
      work: `${declareNow}
DECLARE @mine TABLE (part int NOT NULL PRIMARY KEY, strategies nvarchar(4000) NOT NULL);
DECLARE @others TABLE (strategies nvarchar(4000) NOT NULL);
INSERT INTO @others (strategies)
SELECT w.strategies FROM ${schema}.worker AS w WHERE w.id <> @worker AND w.attends_until > @now;
INSERT INTO @mine (part, strategies)
SELECT CAST(j.[key] AS int), j.value FROM OPENJSON(@parts) AS j;
DELETE FROM ${schema}.worker WHERE id = @worker;
INSERT INTO ${schema}.worker (id, part, strategies, attends_until)
SELECT @worker, part, strategies, ${after("@now", "@lapse_ms")} FROM @mine;
DELETE w FROM ${schema}.worker AS w WITH (READPAST, READCOMMITTEDLOCK, ROWLOCK)
 WHERE w.id <> @worker AND w.attends_until < DATEADD(day, -1, @now);`,
      answer: "SELECT strategies FROM @others;",
    },
    { worker: "uniqueidentifier", parts: "nvarchar(max)", lapse_ms: "bigint" },
  );
}

/**
 * What there is of strategies between names, exclusively: `@gaps`, a JSON array of
 * `{ l: low, h: high }` between those that workers have. FORCESEEK, since a scan would read the
 * rows of these.
 */
export function listStranded(schema: string): OwnStatement {
  return singleStatement(
    "list-stranded",
    `${declareNow}
SELECT d.strategy, SUM(CASE WHEN d.state = 'pending' THEN 1 ELSE 0 END),
       SUM(CASE WHEN d.state = 'pending' AND d.token IS NOT NULL AND d.due_at > @now THEN 1 ELSE 0 END),
       SUM(CASE WHEN d.state = 'dead' THEN 1 ELSE 0 END), SUM(CASE WHEN d.state = 'held' THEN 1 ELSE 0 END),
       CASE WHEN MIN(d.first_recorded_at) < @now THEN DATEDIFF_BIG(millisecond, MIN(d.first_recorded_at), @now) ELSE 0 END,
       MIN(d.[key])
  FROM OPENJSON(@gaps) WITH (l varchar(64) '$.l', h varchar(64) '$.h') AS gap
 INNER LOOP JOIN ${schema}.delivery AS d WITH (FORCESEEK)
    ON d.strategy > gap.l ${binary} AND d.strategy < gap.h ${binary}
 GROUP BY d.strategy
 ORDER BY d.strategy;`,
    { gaps: "nvarchar(max)" },
  );
}

const portion = { strategy: "varchar(64)", with_held: "int", most: "int", ...recordParameter } as const;

/**
 * At most `@most` deliveries of `@strategy` that nobody works on, held ones only where `@with_held`
 * is 1: locked in the order of their clustered key, then deleted. Nobody is waited for.
 */
function take(schema: string): string {
  return `${declareNow}
DECLARE @taken TABLE (${deliveryKeyColumns}, id bigint NOT NULL, operation ${word} NOT NULL,
  first_recorded_at ${instant} NOT NULL, PRIMARY KEY (strategy, [key], ordinal));
INSERT INTO @taken (strategy, [key], ordinal, id, operation, first_recorded_at)
SELECT TOP (@most) d.strategy, d.[key], d.ordinal, d.id, d.operation, d.first_recorded_at
  FROM ${schema}.delivery AS d WITH (ROWLOCK, FORCESEEK, READPAST, UPDLOCK, READCOMMITTEDLOCK)
 WHERE d.strategy = @strategy
   AND (d.state = 'dead' OR d.state = 'held' AND @with_held = 1
        OR d.state = 'pending' AND (d.token IS NULL OR d.due_at <= @now))
 ORDER BY d.strategy, d.[key], d.ordinal;
DELETE d
  ${joinDeliveries(schema, "@taken")};
${keepOperation(schema, "(SELECT COUNT_BIG(*) FROM @taken)")}`;
}

/**
 * Records what it takes as changes of `@category` for the strategy `@target` alone. Returns how
 * many.
 */
export function moveStranded(schema: string): OwnStatement {
  return ownTransaction(
    "move-stranded",
    {
      work: `${take(schema)}
INSERT INTO ${schema}.change (category, condition, operation, strategy, recorded_at)
SELECT @category, [key], operation, @target, first_recorded_at FROM @taken ORDER BY id;`,
      answer: "SELECT COUNT(*) FROM @taken;",
    },
    { ...portion, target: "varchar(64)", category: "nvarchar(400)" },
  );
}

export function discardStranded(schema: string): OwnStatement {
  return ownTransaction("discard-stranded", { work: take(schema), answer: "SELECT COUNT(*) FROM @taken;" }, portion);
}
