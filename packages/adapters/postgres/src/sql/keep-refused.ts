import { bigint, float8, optional, rows, text, word } from "./parameters.ts";
import { byKeys, statement } from "./statement.ts";

const refused = rows({
  id: bigint,
  category: text,
  condition: text,
  operation: word,
  strategy: optional(text),
  recordedAt: float8,
  reason: text,
});

/** Keeps changes apart. */
export function keepRefused(schema: string) {
  return statement(
    "refuse",
    { refused },
    (places) => `INSERT INTO ${schema}.refused (id, category, condition, operation, strategy, recorded_at, reason)
SELECT r.id, r.category, r.condition, r.operation, r.strategy, to_timestamp(r.recorded_at / 1000), r.reason
  FROM ${places.refused("r")}`,
    byKeys,
  );
}
