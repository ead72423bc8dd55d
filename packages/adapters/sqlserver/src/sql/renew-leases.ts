import { deliveryKeyColumns, joinDeliveries, lockInOrder } from "./delivery-key.ts";
import { type OwnStatement, ownTransaction } from "./statement.ts";
import { after, declareNow } from "./time.ts";

/**
 * Extends leases. `@leases`: a JSON array of `{ n: position, s: strategy, k: key, i: ordinal, t: token }` in lock order;
 * `@lease_ms` from now. Returns the ids still held.
 */
export function renewLeases(schema: string): OwnStatement {
  return ownTransaction(
    "renew-leases",
    {
      work: `${declareNow}
DECLARE @held TABLE (n int NOT NULL PRIMARY KEY, id bigint NOT NULL);
DECLARE @given TABLE (n int NOT NULL PRIMARY KEY, ${deliveryKeyColumns}, token uniqueidentifier NOT NULL);
INSERT INTO @given (n, strategy, [key], ordinal, token)
SELECT n, s, k, i, t
  FROM OPENJSON(@leases) WITH (n int '$.n', s varchar(64) '$.s', k nvarchar(400) '$.k', i bigint '$.i',
       t uniqueidentifier '$.t') AS j;
${lockInOrder(schema, "@given", "@held (n, id)", "g.n, d.id", "d.token = g.token")}
UPDATE d
   SET due_at = ${after("@now", "@lease_ms")}
  ${joinDeliveries(schema, "@given")}
 WHERE d.token = g.token;`,
      answer: "SELECT id FROM @held ORDER BY n;",
    },
    { leases: "nvarchar(max)", lease_ms: "bigint" },
  );
}
