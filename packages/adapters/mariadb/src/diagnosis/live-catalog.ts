import type { CatalogPart } from "@syncline/core/adapter-kit";
import type { Connection } from "mariadb";

/** `?` is the schema, of which whoever asks sees what he has a right to. */
const statements = [
  `SELECT 'table', TABLE_NAME, TABLE_NAME, CONCAT_WS(' ', ENGINE, ROW_FORMAT, TABLE_COLLATION)
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' ORDER BY 2`,
  `SELECT 'column', TABLE_NAME, COLUMN_NAME, CONCAT_WS(' ', COLUMN_TYPE, CONCAT('COLLATE ', COLLATION_NAME),
       IF(IS_NULLABLE = 'NO', 'NOT NULL', 'NULL'), CONCAT('DEFAULT ', COLUMN_DEFAULT), NULLIF(UPPER(EXTRA), ''))
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY 2, ORDINAL_POSITION`,
  `SELECT 'index', TABLE_NAME, INDEX_NAME, CONCAT(IF(NON_UNIQUE = 0, 'UNIQUE ', ''), '(', GROUP_CONCAT(CONCAT('\`', COLUMN_NAME, '\`') ORDER BY SEQ_IN_INDEX SEPARATOR ', '), ')')
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE ORDER BY 2, 3`,
  `SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ', ACTION_STATEMENT)
  FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? ORDER BY 2, 3`,
  `SELECT 'procedure', '', ROUTINE_NAME, CONCAT(SECURITY_TYPE, ' ', ROUTINE_DEFINITION)
  FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND ROUTINE_TYPE = 'PROCEDURE' AND ROUTINE_DEFINITION IS NOT NULL ORDER BY 3`,
];

export async function liveCatalog(connection: Connection, schemaName: string): Promise<readonly CatalogPart[]> {
  const parts: CatalogPart[] = [];
  for (const text of statements) {
    const rows = (await connection.execute(text, [schemaName])) as readonly (readonly unknown[])[];
    for (const [kind, table, name, definition] of rows)
      parts.push({
        ...{ kind: String(kind), table: String(table), name: String(name), state: "" },
        definition: String(definition).replaceAll(/\s+/g, " "),
      });
  }
  return parts;
}
