import { nameOf, type Place } from "./names.ts";
import { number, type OwnStatement, text } from "./statement.ts";
import { timeOf } from "./time.ts";

/** Keeps changes apart. `recorded_ms` is epoch milliseconds. */
export function keepRefused(place: Place): OwnStatement {
  return {
    name: "refuse",
    kind: "rows",
    text: `INSERT INTO ${nameOf(place, "refused")} (id, category, condition, operation, strategy, recorded_at, reason)
VALUES (TO_NUMBER(:id), :category, :condition, :operation, :strategy, ${timeOf(":recorded_ms")}, :reason)`,
    binds: {
      id: text,
      category: text,
      condition: text,
      operation: text,
      strategy: text,
      recorded_ms: number,
      reason: text,
    },
  };
}
