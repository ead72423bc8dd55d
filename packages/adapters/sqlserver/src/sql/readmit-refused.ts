import { binary, instant, strategyName } from "./column-types.ts";
import { type OwnStatement, ownTransaction } from "./statement.ts";

/** Puts refused changes back, in their order and with their times. `@categories`: a JSON array of names. Returns how many. */
export function readmitRefused(schema: string): OwnStatement {
  return ownTransaction(
    "readmit-refused",
    {
      work: `DECLARE @taken TABLE (id bigint NOT NULL PRIMARY KEY, category nvarchar(128) NOT NULL, condition nvarchar(4000) NOT NULL,
  operation varchar(10) NOT NULL, strategy ${strategyName}, recorded_at ${instant} NOT NULL);
INSERT INTO @taken (id, category, condition, operation, strategy, recorded_at)
SELECT r.id, r.category, r.condition, r.operation, r.strategy, r.recorded_at
  FROM ${schema}.refused AS r WITH (UPDLOCK)
 WHERE r.category IN (SELECT j.value ${binary} FROM OPENJSON(@categories) AS j);
DELETE r FROM @taken AS t INNER LOOP JOIN ${schema}.refused AS r ON r.id = t.id;
INSERT INTO ${schema}.change (category, condition, operation, strategy, recorded_at)
SELECT category, condition, operation, strategy, recorded_at FROM @taken ORDER BY id;`,
      answer: "SELECT COUNT(*) FROM @taken;",
    },
    { categories: "nvarchar(max)" },
  );
}
