import { word } from "./column-types.ts";
import { deliveryKeyColumns, joinDeliveries, lockInOrder } from "./delivery-key.ts";
import { type OwnStatement, ownTransaction } from "./statement.ts";
import { after, declareNow } from "./time.ts";

/**
 * Settles deliveries. `@settlements`: a JSON array of `{ n: position from 0, s: strategy, k: key, i: ordinal, t: token,
 * v: revision, r: result, d: delay ms, a: failure kind, b: code, c: message }` in lock order. Rows of a position and `late`
 * or `again`, for those that were not simply applied, and one of how many there were and `settled`.
 *
 * - Locked first, as the token says, and decided upon then: what is read with UPDLOCK is the newest version, under
 *   READ_COMMITTED_SNAPSHOT too, and stays so. The order is the one in which a dispatch locks the rows that it folds into.
 * - A call that failed has counted as an attempt, whether it is tried again (`retry`) or not (`dead`, `held`).
 * - What is dead though newer changes had come is due again: a change that is dispatched before the refusal is settled must
 *   not fare worse than one that revives the dead letter a moment later.
 */
export function settleDeliveries(schema: string): OwnStatement {
  return ownTransaction(
    "settle-deliveries",
    {
      work: `${declareNow}
${given}
${lockInOrder(schema, "@given", "@locked (n, newest)", "g.n, d.revision", "d.token = g.token")}
UPDATE g SET newest = l.newest FROM @given AS g JOIN @locked AS l ON l.n = g.n;
${apply(schema)}`,
      answer: `SELECT n, CASE WHEN newest IS NULL THEN 'late' ELSE 'again' END
  FROM @given
 WHERE newest IS NULL OR (result IN ('accepted', 'dead') AND newest <> revision)
UNION ALL
SELECT COUNT(*), 'settled' FROM @given;`,
    },
    { settlements: "nvarchar(max)" },
  );
}

const given = `DECLARE @locked TABLE (n int NOT NULL PRIMARY KEY, newest bigint NOT NULL);
DECLARE @given TABLE (n int NOT NULL PRIMARY KEY, ${deliveryKeyColumns}, token uniqueidentifier NOT NULL,
  revision bigint NOT NULL, result ${word} NOT NULL, delay bigint NOT NULL, kind varchar(20), code nvarchar(200),
  message nvarchar(2000), newest bigint);
INSERT INTO @given (n, strategy, [key], ordinal, token, revision, result, delay, kind, code, message)
SELECT n, s, k, i, t, v, r, d, a, b, c
  FROM OPENJSON(@settlements) WITH (n int '$.n', s varchar(64) '$.s', k nvarchar(400) '$.k', i bigint '$.i',
       t uniqueidentifier '$.t', v bigint '$.v', r varchar(10) '$.r', d bigint '$.d', a varchar(20) '$.a',
       b nvarchar(200) '$.b', c nvarchar(2000) '$.c') AS j;`;

function apply(schema: string): string {
  const isAgain = "g.result IN ('accepted', 'dead') AND g.newest <> g.revision";
  return `DELETE d
  ${joinDeliveries(schema, "@given")}
 WHERE g.result = 'accepted' AND g.newest = g.revision;
IF EXISTS (SELECT 1 FROM @given AS g WHERE ${isAgain})
UPDATE d
   SET token = NULL, due_at = @now, attempts = 0, changes = 1, debounced = 0,
       first_recorded_at = CASE g.result WHEN 'accepted' THEN @now ELSE d.first_recorded_at END,
       failure_kind = NULL, failure_code = NULL, failure_message = NULL
  ${joinDeliveries(schema, "@given")}
 WHERE ${isAgain};
IF EXISTS (SELECT 1 FROM @given AS g WHERE g.newest IS NOT NULL AND g.result <> 'accepted')
UPDATE d
   SET token = NULL, debounced = 0, due_at = ${after("@now", "g.delay")},
       state = CASE WHEN g.result IN ('dead', 'held') THEN g.result ELSE 'pending' END,
       attempts = d.attempts + CASE g.result WHEN 'released' THEN 0 ELSE 1 END,
       failure_kind = COALESCE(g.kind, d.failure_kind), failure_code = COALESCE(g.code, d.failure_code),
       failure_message = COALESCE(g.message, d.failure_message),
       died_at = CASE WHEN g.result IN ('dead', 'held') THEN @now END
  ${joinDeliveries(schema, "@given")}
 WHERE g.newest IS NOT NULL AND g.result <> 'accepted' AND NOT (g.result = 'dead' AND g.newest <> g.revision);`;
}
