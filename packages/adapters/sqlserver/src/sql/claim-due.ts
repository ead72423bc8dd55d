import { claimColumns } from "@syncline/core/adapter-kit";
import { binary, declared, instant, strategyName } from "./column-types.ts";
import { deliveryKeyColumns, goesFirst, hasOrdered, joinDeliveries } from "./delivery-key.ts";
import { spelling } from "./spelling.ts";
import { type OwnStatement, ownTransaction } from "./statement.ts";
import { after, declareNow } from "./time.ts";

const skipLocked = "READPAST, UPDLOCK, READCOMMITTEDLOCK";

/**
 * Leases due deliveries of all demands. `@demands`: a JSON array of `{ s: strategy, n: count, o: whether strict }`,
 * `@token`, `@lease_ms`.
 *
 * - Found and locked first, leased then, in one transaction: an UPDATE through a CTE can take the first n of one strategy,
 *   but not of each. Between the two nobody can take what is locked.
 * - Nothing waits: what another worker has locked is skipped, in the index of what is due as well as in the table. That is
 *   why the index does not hold the token: the row itself is looked at, and locked.
 * - INDEX and FORCESEEK: with another plan, which sorts, all that is due would be locked, and other workers find nothing.
 *   `state = 'pending'` is written out, since a filtered index is not used for a parameter.
 * - One call at a time for a key, whatever `coalesce` was when its deliveries were written: what
 *   was written before goes first. What goes out one by one stops at what is dead or held until a
 *   person has requeued or discarded it, since what came later must not overtake it. This is asked
 *   before anything is locked, and sees rows that others have locked (READPAST would take a row
 *   that is being settled for gone): so it may wait for a settle, but keeps nobody waiting. It is
 *   asked of a strict demand, and of any other while its strategy has deliveries that go one by
 *   one: without these, a key has one delivery.
 */
export function claimDue(schema: string): OwnStatement {
  return ownTransaction(
    "claim-due",
    {
      only: `EXISTS (
SELECT 1
  FROM ${demandJson("@demands", "j")}
 CROSS APPLY (
   SELECT TOP (1) 1 AS one
     FROM ${schema}.delivery AS due WITH (ROWLOCK, INDEX (delivery_due), FORCESEEK, READPAST, READCOMMITTEDLOCK)
    WHERE due.strategy = j.s ${binary} AND due.state = 'pending' AND due.due_at <= CAST(SYSUTCDATETIME() AS ${instant})
    ORDER BY due.due_at) AS due)`,
      work: `${declareNow}
DECLARE @demand TABLE (strategy ${strategyName} NOT NULL PRIMARY KEY, room int NOT NULL, strict bit NOT NULL);
DECLARE @candidate TABLE (${deliveryKeyColumns}, PRIMARY KEY (strategy, [key], ordinal));
DECLARE @due TABLE (due_at ${instant} NOT NULL, ${declared(claimColumns.names)}, PRIMARY KEY (strategy, [key], ordinal));
INSERT INTO @demand (strategy, room, strict)
SELECT s, n, CASE WHEN o = 1 OR ${hasOrdered(schema, `s ${binary}`)} THEN 1 ELSE 0 END
  FROM ${demandJson("@demands", "j")}
 WHERE NOT EXISTS (SELECT 1 FROM ${schema}.pause WHERE pause.strategy = j.s ${binary});
${candidates(schema)}
${lockDue(schema)}
UPDATE d
   SET token = @token, due_at = ${after("@now", "@lease_ms")}, debounced = 0, attempts = d.attempts + g.lapsed
  ${joinDeliveries(schema, "@due")};`,
      answer: `SELECT ${claimColumns.select(spelling, { as: { attempts: "attempts + lapsed" } })}
  FROM @due
 ORDER BY due_at, id;`,
    },
    { demands: "nvarchar(max)", token: "uniqueidentifier", lease_ms: "bigint" },
  );
}

function demandJson(json: string, alias: string): string {
  return `OPENJSON(${json}) WITH (s varchar(64) '$.s', n int '$.n', o bit '$.o') AS ${alias}`;
}

function candidates(schema: string): string {
  const due = { strategy: "due.strategy", key: "due.[key]", ordinal: "due.ordinal", id: "due.id" };
  return `IF EXISTS (SELECT 1 FROM @demand WHERE strict = 1)
INSERT INTO @candidate (strategy, [key], ordinal)
SELECT c.strategy, c.[key], c.ordinal
  FROM @demand AS demand
 CROSS APPLY (
   SELECT TOP (demand.room) due.strategy, due.[key], due.ordinal
     FROM ${schema}.delivery AS due WITH (ROWLOCK, INDEX (delivery_due), FORCESEEK, READPAST, READCOMMITTEDLOCK)
    WHERE due.strategy = demand.strategy AND due.state = 'pending' AND due.due_at <= @now
      AND ${goesFirst(schema, due)}
    ORDER BY due.due_at, due.id) AS c
 WHERE demand.strict = 1;`;
}

function lockDue(schema: string): string {
  const lapsed = "CASE WHEN d.token IS NULL THEN 0 ELSE 1 END";
  const into = `INSERT INTO @due (due_at, ${claimColumns.list(spelling)})
SELECT d.due_at, ${claimColumns.list(spelling, { from: "d.", as: { lapsed } })}`;
  return `${into}
  FROM @demand AS demand
 CROSS APPLY (
   SELECT TOP (demand.room) due.due_at, ${claimColumns.list(spelling, { from: "due.", as: { lapsed: "due.token" }, indent: 10 })}
     FROM ${schema}.delivery AS due WITH (ROWLOCK, INDEX (delivery_due), FORCESEEK, ${skipLocked})
    WHERE due.strategy = demand.strategy AND due.state = 'pending' AND due.due_at <= @now
    ORDER BY due.due_at, due.id) AS d
 WHERE demand.strict = 0;
IF EXISTS (SELECT 1 FROM @candidate)
${into}
  ${joinDeliveries(schema, "@candidate", skipLocked)}
 WHERE d.state = 'pending' AND d.due_at <= @now;`;
}
