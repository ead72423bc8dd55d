import type { CatalogPart } from "@syncline/core/adapter-kit";
import type { Sql } from "../store.ts";

/** Our tables, and what is made on them, in the words that the file keeps. */
export function liveCatalog(sql: Sql): readonly CatalogPart[] {
  const rows = sql.rows(
    `SELECT type, tbl_name, name, sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND tbl_name LIKE 'syncline\\_%' ESCAPE '\\' ORDER BY type = 'table' DESC, type, tbl_name, name`,
  );
  return rows.map(([kind, table, name, text]) => ({
    ...{ kind: String(kind), table: String(table), name: String(name), definition: withoutLayout(String(text)) },
    state: "",
  }));
}

/** Blanks and line ends mean nothing, nor do quotes that a tool puts around the name. */
function withoutLayout(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replace(/^CREATE TABLE ["'`](\w{1,60})["'`]/, "CREATE TABLE $1")
    .trim();
}
