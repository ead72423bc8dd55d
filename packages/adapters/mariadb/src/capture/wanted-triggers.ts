import { captureMark, captureName, type RowTrigger, type CaptureKey as SharedKey } from "@syncline/core/adapter-kit";
import { hasKey, keyJson } from "../source/key-json.ts";
import type { ColumnFacts, TableFacts } from "../source/table-facts.ts";
import { quotedTable } from "../source/table-name.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

export type CaptureKey = SharedKey<TableFacts, ColumnFacts>;

export interface WantedTrigger extends RowTrigger {
  readonly statement: string;
}

/**
 * The triggers of one category and table: MariaDB has none but those for each row. They run as
 * whoever installs them, so who writes needs no right on Syncline's tables.
 *
 * - INSERT … VALUES: an INSERT … SELECT within a trigger keeps the table's counter locked to the end
 *   of the statement that fired it, and recorders wait.
 * - Keys are compared as bytes: a column may take 'a' for 'A'.
 */
export function wantedTriggers(schema: string, key: CaptureKey): readonly WantedTrigger[] {
  const { category, table, columns, isUnique, updateOf } = key;
  const gone = isUnique ? "delete" : "upsert";
  const record = (row: "OLD" | "NEW", operation: string) =>
    `INSERT INTO ${schema}.\`change\` (category, \`condition\`, operation) VALUES (${quoteLiteral(category)}, ${keyJson(columns, row)}, '${operation}');`;
  const recordOld = (condition: string) => `IF ${condition} THEN ${record("OLD", gone)} END IF;`;
  const differs = `NOT (CAST(${keyJson(columns, "OLD")} AS BINARY) <=> CAST(${keyJson(columns, "NEW")} AS BINARY))`;
  const shown = updateOf.map(({ name }) => {
    const column = quoteIdentifier(name);
    return `NOT (CAST(OLD.${column} AS BINARY) <=> CAST(NEW.${column} AS BINARY))`;
  });
  const update = `${recordOld(`${hasKey(columns, "OLD")} AND ${differs}`)}\n  ${record("NEW", "upsert")}`;
  const bodies = {
    insert: record("NEW", "upsert"),
    update: shown.length === 0 ? update : `IF ${[differs, ...shown].join(" OR ")} THEN\n  ${update}\n  END IF;`,
    delete: recordOld(hasKey(columns, "OLD")),
  };
  const name = `syncline_capture_${captureName(category, [table.database, table.name])}`;
  return Object.entries(bodies).map(([event, body]) => {
    const text = `BEGIN ${captureMark(category)}\n  ${body}\nEND`;
    const trigger = `${name}_${event}`;
    return {
      name: trigger,
      text,
      statement: `CREATE OR REPLACE TRIGGER ${quoteIdentifier(table.database)}.${quoteIdentifier(trigger)} AFTER ${event.toUpperCase()} ON ${quotedTable(table)} FOR EACH ROW\n${text}`,
    };
  });
}
