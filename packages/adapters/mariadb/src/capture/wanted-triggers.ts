import { createHash } from "node:crypto";
import type { SourceColumn } from "../source/key-columns.ts";
import { hasKey, keyJson } from "../source/key-json.ts";
import { type ColumnFacts, isUnique, type TableFacts } from "../source/table-facts.ts";
import { quotedTable } from "../source/table-name.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

/** What is captured of a table. */
export interface CaptureKey {
  readonly category: string;
  readonly table: TableFacts;
  readonly columns: readonly SourceColumn[];
  /** Empty: every UPDATE is captured. */
  readonly updateOf: readonly ColumnFacts[];
}

export interface WantedTrigger {
  readonly name: string;
  /** As the catalog keeps it. */
  readonly body: string;
  readonly statement: string;
}

/** By which the triggers of a category are known; no name ends the comment. */
export function categoryMark(category: string): string {
  return `/* Syncline captures ${JSON.stringify({ category }).replaceAll("/", "\\/")} */`;
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
  const { category, table, columns, updateOf } = key;
  const gone = isUnique(
    table,
    columns.map(({ column }) => column.name),
  )
    ? "delete"
    : "upsert";
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
  const name = `syncline_capture_${slug(category)}_${digest([category, table.database, table.name])}`;
  return Object.entries(bodies).map(([event, text]) => {
    const body = `BEGIN ${categoryMark(category)}\n  ${text}\nEND`;
    const trigger = `${name}_${event}`;
    return {
      name: trigger,
      body,
      statement: `CREATE OR REPLACE TRIGGER ${quoteIdentifier(table.database)}.${quoteIdentifier(trigger)} AFTER ${event.toUpperCase()} ON ${quotedTable(table)} FOR EACH ROW\n${body}`,
    };
  });
}

function slug(category: string): string {
  return category
    .replaceAll(/[^A-Za-z0-9]/g, "_")
    .slice(0, 20)
    .toLowerCase();
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 10);
}
