import { list, text } from "./parameters.ts";
import { statement } from "./statement.ts";

/** Puts refused changes of categories back, in their order and with their times. Returns how many. */
export function readmitRefused(schema: string) {
  return statement(
    "readmit",
    { categories: list(text) },
    ({ categories }) => `WITH taken AS (
  DELETE FROM ${schema}.refused WHERE category = ANY (${categories})
  RETURNING id, category, condition, operation, strategy, recorded_at
), readmitted AS (
  INSERT INTO ${schema}.change (category, condition, operation, strategy, recorded_at)
  SELECT category, condition, operation, strategy, recorded_at FROM taken ORDER BY id
  RETURNING id
)
SELECT count(*)::text FROM readmitted`,
  );
}
