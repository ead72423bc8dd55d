import { carried } from "./carried.ts";
import { binary, instant, strategyName } from "./column-types.ts";
import { deliveryKeyColumns, hasOrdered, joinDeliveries, keyColumns, lockInOrder } from "./delivery-key.ts";
import { type OwnStatement, ownTransaction } from "./statement.ts";
import { after, declareNow, earlier, epochMicroseconds, fromEpochMs, later } from "./time.ts";

/**
 * Writes what was made of changes that `oldestChanges` has read, or nothing: if somebody else holds
 * the dispatcher's row, has dispatched since (`@revision`) or edited the strategies
 * (`@strategies`), or one of the changes is gone.
 *
 * `@changes` a JSON array of their ids · `@refused`, NULL if there are none, one of `{ i: id,
 * c: category, k: condition, o: operation, s: strategy or null, t: recorded (epoch ms), r: reason }`
 * · `@count` how many deliveries · `@lanes` one of `{ l: number, s: strategy, t: token, e: lease ms,
 * q: quiet ms, x: longest quiet ms }`, for each distinct way of leasing · `@deliveries` one of
 * `{ n: position from 1, l: lane, k: key, i: ordinal, f: first recorded (epoch ms), c: changes,
 * a: whether it is its key's first }`, with what the delivery takes from its change under its own
 * name, in lock order.
 *
 * Rows of: base, inserted, folded, and the position of one that was leased (NULL if none was). Base
 * is NULL where nothing was written.
 *
 * - One round trip, whose locks no client can keep by being frozen or slow.
 * - Each dispatch raises the revision. So nothing was folded in since the changes were read, and
 *   what was read of their rows since then is no older than what somebody else has sent.
 * - READPAST: whoever finds the dispatcher's row locked does not wait.
 * - No MERGE: the holder of the dispatcher's row is the only one who inserts, so looking for what
 *   is there, and then an INSERT of what is not, cannot race with anybody. Who waits for a settle
 *   there sees what that has left.
 * - Revisions come as one block of the dispatcher's own counter, which begins at the clock's
 *   microseconds since 1970 wherever it is behind: tables that are made anew go on above what was
 *   told before, and a downstream that fences by revision takes it. Delivery n gets base + n, and a
 *   new one the same as its id: so `id = revision` tells an insert from a fold.
 * - The first UPDATE touches no column of any other index, so it locks the row alone: nearly every
 *   fold is one of these.
 * - Whether a key has another delivery, and what is paused, is asked first, before any row is
 *   locked: whoever waits there makes nobody wait. One call at a time for a key: what is new is
 *   leased only where there is nothing else of it. Where the strategy has nothing that was written
 *   one by one (ordinal above 0), a key that has something is folded into, and there is nothing to
 *   ask.
 * - What coalesces folds into the key's first, and what was written one by one behind that goes: it
 *   would be sent later, with a lower revision.
 * - A back-off is left alone, but what a quiet window holds back (`debounced`) is put off.
 */
export function writeDispatch(schema: string): OwnStatement {
  return ownTransaction(
    "write-dispatch",
    {
      work: [declareNow, lock(schema), take(schema), refuse(schema), given(schema), fold(schema), insert(schema)].join(
        "\n",
      ),
      answer: `SELECT @base, @inserted, @folded, g.n
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN @given AS g ON g.token IS NOT NULL AND NOT EXISTS (SELECT 1 FROM @present AS p WHERE p.n = g.n)
 ORDER BY g.n;`,
    },
    {
      strategies: "bigint",
      revision: "bigint",
      changes: "nvarchar(max)",
      refused: "nvarchar(max)",
      count: "bigint",
      lanes: "nvarchar(max)",
      deliveries: "nvarchar(max)",
    },
  );
}

const nothing = `BEGIN
ROLLBACK TRANSACTION;
SELECT NULL, 0, 0, NULL;
RETURN;
END;`;

function lock(schema: string): string {
  return `DECLARE @base bigint, @folded bigint, @inserted bigint, @held bigint;
SELECT @held = revision
  FROM ${schema}.dispatcher WITH (ROWLOCK, READPAST, UPDLOCK, READCOMMITTEDLOCK)
 WHERE id = 1 AND strategies_revision = @strategies AND revision = @revision;
IF @held IS NULL
${nothing}
UPDATE ${schema}.dispatcher SET revision = ${later("revision", `${epochMicroseconds} - 1`)} + @count + 1 WHERE id = 1;
SELECT @base = revision - @count FROM ${schema}.dispatcher WHERE id = 1;`;
}

/** FORCESEEK and LOOP: a scan or a hash join over the table would wait for those who record. */
function take(schema: string): string {
  return `DECLARE @taken TABLE (id bigint NOT NULL PRIMARY KEY);
INSERT INTO @taken (id)
SELECT CAST(j.value AS bigint) FROM OPENJSON(@changes) AS j;
DELETE c FROM @taken AS t INNER LOOP JOIN ${schema}.change AS c WITH (ROWLOCK, FORCESEEK) ON c.id = t.id;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @taken)
${nothing}`;
}

function refuse(schema: string): string {
  return `IF @refused IS NOT NULL
INSERT INTO ${schema}.refused (id, category, condition, operation, strategy, recorded_at, reason)
SELECT i, c, k, o, s, ${fromEpochMs("t")}, r
  FROM OPENJSON(@refused) WITH (i bigint '$.i', c nvarchar(128) '$.c', k nvarchar(4000) '$.k', o varchar(10) '$.o',
       s varchar(64) '$.s', t bigint '$.t', r nvarchar(2000) '$.r') AS given;`;
}

function given(schema: string): string {
  const laneJson = `OPENJSON(@lanes) WITH (l int '$.l', s varchar(64) '$.s', t uniqueidentifier '$.t', e bigint '$.e',
       q bigint '$.q', x bigint '$.x')`;
  const deliveryJson = `OPENJSON(@deliveries) WITH (n int '$.n', l int '$.l', k nvarchar(400) '$.k', i bigint '$.i',
       f bigint '$.f', c bigint '$.c', a bit '$.a', ${carried.json})`;
  const ofKey = `FROM ${schema}.delivery AS o WHERE o.strategy = l.strategy AND o.[key] = g.[key]`;
  const quietUntil = earlier(after("@now", "l.quiet"), after("g.first_recorded_at", "l.longest"));
  return `DECLARE @lane TABLE (number int NOT NULL PRIMARY KEY, strategy ${strategyName} NOT NULL, token uniqueidentifier,
  leased_until ${instant}, quiet bigint, longest bigint, ordered bit NOT NULL);
DECLARE @named TABLE (n int NOT NULL PRIMARY KEY, lane int NOT NULL, ${keyColumns},
  ${carried.declared}, first_recorded_at ${instant} NOT NULL, changes bigint NOT NULL, leasable bit NOT NULL);
DECLARE @given TABLE (n int NOT NULL PRIMARY KEY, ${deliveryKeyColumns}, ${carried.declared},
  first_recorded_at ${instant} NOT NULL, changes bigint NOT NULL, token uniqueidentifier, leased_until ${instant},
  quiet_until ${instant}, longest bigint);
INSERT INTO @lane (number, strategy, token, leased_until, quiet, longest, ordered)
SELECT l, s, CASE WHEN q IS NULL AND NOT EXISTS (
         SELECT 1 FROM ${schema}.pause WHERE pause.strategy = s ${binary}) THEN t END, ${after("@now", "e")}, q, x,
       CASE WHEN ${hasOrdered(schema, `s ${binary}`)} THEN 1 ELSE 0 END
  FROM ${laneJson} AS j;
INSERT INTO @named (n, lane, [key], ordinal, ${carried.names}, first_recorded_at, changes, leasable)
SELECT n, l, k, i, ${carried.names}, ${fromEpochMs("f")}, c, a
  FROM ${deliveryJson} AS j;
INSERT INTO @given (n, strategy, [key], ordinal, ${carried.names}, first_recorded_at, changes, token, leased_until, quiet_until, longest)
SELECT g.n, l.strategy, g.[key], CASE WHEN g.ordinal > 0 THEN @base + g.n WHEN l.ordered = 0 THEN 0
            ELSE COALESCE((SELECT TOP (1) o.ordinal ${ofKey} ORDER BY o.ordinal), 0) END, ${carried.of("g")}, g.first_recorded_at, g.changes,
       CASE WHEN g.leasable = 1 AND l.token IS NOT NULL AND ((g.ordinal = 0 AND l.ordered = 0) OR NOT EXISTS (
            SELECT 1 ${ofKey})) THEN l.token END,
       l.leased_until, ${quietUntil}, l.longest
  FROM @named AS g
  JOIN @lane AS l ON l.number = g.lane;`;
}

function fold(schema: string): string {
  const dead = (otherwise: string, revived: string) => `CASE d.state WHEN 'dead' THEN ${revived} ELSE ${otherwise} END`;
  return `DECLARE @present TABLE (n int NOT NULL PRIMARY KEY);
${lockInOrder(schema, "@given", "@present (n)", "g.n")}
SET @folded = @@ROWCOUNT;
IF EXISTS (SELECT 1 FROM @lane WHERE ordered = 1)
DELETE d
  FROM @given AS g
  INNER LOOP JOIN ${schema}.delivery AS d WITH (ROWLOCK, FORCESEEK)
     ON d.strategy = g.strategy AND d.[key] = g.[key] AND d.ordinal > g.ordinal
 WHERE g.ordinal <= @base AND d.token IS NULL AND d.state <> 'held';
IF @folded > 0
BEGIN
UPDATE d
   SET revision = @base + g.n, ${carried.assigned("g")}, changes = d.changes + g.changes,
       first_recorded_at = ${earlier("g.first_recorded_at", "d.first_recorded_at")}
  ${joinDeliveries(schema, "@given")};
UPDATE d
   SET state = 'pending', attempts = ${dead("d.attempts", "0")}, failure_kind = ${dead("d.failure_kind", "NULL")},
       failure_code = ${dead("d.failure_code", "NULL")}, failure_message = ${dead("d.failure_message", "NULL")},
       died_at = NULL,
       due_at = ${dead(earlier("g.quiet_until", after("d.first_recorded_at", "g.longest")), "@now")}
  ${joinDeliveries(schema, "@given")}
 WHERE d.state = 'dead'
    OR (d.state = 'pending' AND d.token IS NULL AND d.debounced = 1 AND d.due_at > @now AND g.quiet_until IS NOT NULL);
END;`;
}

function insert(schema: string): string {
  return `INSERT INTO ${schema}.delivery
       (id, strategy, [key], ordinal, revision, ${carried.names}, token, due_at, debounced, first_recorded_at, changes)
SELECT @base + g.n, g.strategy, g.[key], CASE g.ordinal WHEN 0 THEN 0 ELSE @base + g.n END, @base + g.n, ${carried.of("g")}, g.token,
       CASE WHEN g.token IS NOT NULL THEN g.leased_until WHEN g.quiet_until IS NOT NULL THEN g.quiet_until ELSE @now END,
       CASE WHEN g.quiet_until IS NULL THEN 0 ELSE 1 END, g.first_recorded_at, g.changes
  FROM @given AS g
 WHERE NOT EXISTS (SELECT 1 FROM @present AS p WHERE p.n = g.n)
 ORDER BY g.n;
SET @inserted = @@ROWCOUNT;`;
}
