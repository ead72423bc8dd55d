import type { FieldType, SourceTable } from "@syncline/core/spi";
import { quoteIdentifier } from "../dialect.ts";
import type { Sql } from "../store.ts";
import { type ColumnFacts, isUnique, type TableFacts, tableFacts } from "./table-facts.ts";

const listed = `SELECT name FROM pragma_table_list
 WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name NOT LIKE 'syncline~_%' ESCAPE '~'
 ORDER BY name`;

/** Those of the file itself: what else a connection has attached, another has not. */
export function listTables(sql: Sql): readonly SourceTable[] {
  return sql
    .all<{ readonly name: string }>(listed)
    .flatMap(({ name }) => tableFacts(sql, { schema: "main", name }) ?? [])
    .map((facts) => ({
      table: asSqlNeedsIt(facts.name),
      kind: facts.kind === "table" ? "table" : "view",
      readable: true,
      columns: facts.columns.map((column) => ({
        name: column.name,
        sql: asSqlNeedsIt(column.name),
        type: column.type,
        field: declaredAs(column),
      })),
      key: keyOf(facts),
    }));
}

function keyOf(facts: TableFacts): readonly string[] {
  if (facts.primaryKey.length > 0) return facts.primaryKey;
  const unique = facts.uniqueIndexes
    .map(({ columns }) => columns.flatMap(({ name }) => name ?? []))
    .filter((columns) => columns.length > 0 && isUnique(facts, columns))
    .sort((one, other) => one.length - other.length);
  return unique[0] ?? [];
}

/** Of numbers, those that are whole as far as the declared type can say. */
function declaredAs({ affinity, type }: ColumnFacts): FieldType | null {
  if (affinity === "integer") return "bigint";
  if (affinity === "text") return "string";
  if (affinity !== "numeric") return null;
  if (/^date$/i.test(type)) return "date";
  if (/^bool/i.test(type)) return "boolean";
  return /^(?:num|dec)[a-z]*(?:\(\d+(?:, *0)?\))?$/i.test(type) ? "bigint" : null;
}

function asSqlNeedsIt(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) && !keywords.has(name.toLowerCase()) ? name : quoteIdentifier(name);
}

/** All words that SQLite reads as its own somewhere. */
const keywords: ReadonlySet<string> = new Set(
  `abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade
  case cast check collate column commit conflict constraint create cross current current_date current_time
  current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end escape
  except exclude exclusive exists explain fail filter first following for foreign from full generated glob group
  groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join
  key last left like limit match materialized natural no not nothing notnull null nulls of offset on or order others
  outer over partition plan pragma preceding primary query raise range recursive references regexp reindex release
  rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to
  transaction trigger unbounded union unique update using vacuum values view virtual when where window with without`.split(
    /\s+/,
  ),
);
