import { foundChangeColumns, foundDeliveryColumns } from "@syncline/core/adapter-kit";
import { binary, declared, strategyName } from "./column-types.ts";
import { inSnapshotOrNot, type TwoStatements } from "./in-snapshot-or-not.ts";
import { spelling } from "./spelling.ts";

/**
 * What waits for dispatch in a category (`change`), or was refused: the `@most` oldest, by the
 * primary key, past other categories' changes. Without a snapshot, what transactions that are still
 * open have recorded is not waited for.
 */
export function findChanges(schema: string, table: "change" | "refused"): TwoStatements {
  const found = (hints: string) => `SELECT TOP (@most) ${foundChangeColumns.select(spelling, {
    as: { ageMs: "recorded_at", ...(table === "change" ? { reason: "NULL" } : {}) },
  })}
  FROM ${schema}.${table}${hints}
 WHERE category = @category
 ORDER BY id`;
  return inSnapshotOrNot(`find-${table}`, found, {
    types: { category: "nvarchar(400)", most: "bigint" },
    columns: foundChangeColumns.list(spelling),
    held: `condition nvarchar(4000) NOT NULL, strategy ${strategyName}, age_ms bigint NOT NULL, reason nvarchar(2000)`,
    hints: " WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)",
  });
}

/** What the strategies have of a key. Without a snapshot, whoever has a row locked is waited for. */
export function findDeliveries(schema: string): TwoStatements {
  const found = (hints: string) => `SELECT ${foundDeliveryColumns.select(spelling, {
    from: "d.",
    as: {
      leased: "CASE WHEN d.token IS NOT NULL AND d.due_at > @now THEN 1 ELSE 0 END",
      dueInMs: "DATEDIFF_BIG(millisecond, @now, d.due_at)",
      ageMs: "d.first_recorded_at",
    },
  })}
  FROM OPENJSON(@strategies) AS j
  JOIN ${schema}.delivery AS d${hints} ON d.strategy = CAST(j.value AS varchar(64)) ${binary} AND d.[key] = @key
 ORDER BY d.strategy, d.ordinal, d.id`;
  return inSnapshotOrNot("find-deliveries", found, {
    types: { key: "nvarchar(400)", strategies: "nvarchar(max)" },
    columns: foundDeliveryColumns.list(spelling),
    held: declared(foundDeliveryColumns.names),
    hints: " WITH (ROWLOCK)",
  });
}
