import { type OwnStatement, partOfTransaction } from "./statement.ts";
import { fromEpochMs } from "./time.ts";

/**
 * Keeps changes apart. `@refused`: a JSON array of `{ i: id, c: category, k: condition, o: operation, s: strategy or null,
 * t: recorded (epoch ms), r: reason }`.
 */
export function keepRefused(schema: string): OwnStatement {
  return partOfTransaction(
    "keep-refused",
    `INSERT INTO ${schema}.refused (id, category, condition, operation, strategy, recorded_at, reason)
SELECT i, c, k, o, s, ${fromEpochMs("t")}, r
  FROM OPENJSON(@refused) WITH (i bigint '$.i', c nvarchar(128) '$.c', k nvarchar(4000) '$.k', o varchar(10) '$.o',
       s varchar(64) '$.s', t bigint '$.t', r nvarchar(2000) '$.r') AS given;`,
    { refused: "nvarchar(max)" },
  );
}
