import { type CatalogPart, compareCatalogs, type Examination } from "@syncline/core/adapter-kit";
import type { Sql, Store } from "../store.ts";
import { expectedCatalog } from "./expected-catalog.ts";
import { liveCatalog } from "./live-catalog.ts";

const at = "Syncline's tables";

const expected: readonly CatalogPart[] = expectedCatalog.map(([kind, table, name, definition]) => ({
  ...{ kind, table, name, definition, state: "" },
}));

const reasons: { readonly [kind: string]: string } = {
  table: "Syncline's statements rely on its columns, their types and defaults.",
  index: "Without it each claim reads the whole table, and holds the thread so long.",
  trigger: "Without it workers miss edits of strategies and categories, or what was done is not kept.",
};

/** Our tables as they are against what this release's migrations make. */
export function driftOf(store: Store): Examination {
  return {
    check: "drift",
    at,
    look: async (_, signal) => {
      const { found, columns } = await store.read(
        (sql) => ({
          found: liveCatalog(sql),
          columns: new Map(expected.map(({ table }) => [table, columnsOf(sql, table)])),
        }),
        signal,
      );
      if (found.length === 0) return [{ level: "unknown", at, message: "There are none in the file." }];
      return compareCatalogs({
        expected,
        found,
        mend: (part, there) => mend(part, there, columns.get(part.table) ?? []),
        surplus: surplusOf,
        why: ({ kind }) => reasons[kind] ?? "Syncline's statements rely on it.",
      });
    },
  };
}

function columnsOf(sql: Sql, table: string): readonly string[] {
  return sql.rows(`SELECT name FROM pragma_table_info('${table}')`).map(([name]) => String(name));
}

function mend(part: CatalogPart, found: CatalogPart | undefined, columns: readonly string[]): readonly string[] {
  const { kind, name, definition } = part;
  if (kind === "table") return found === undefined ? [definition, ...onTable(name)] : madeAnew(part, columns);
  return [...(found === undefined ? [] : [`DROP ${kind.toUpperCase()} ${name}`]), definition];
}

function onTable(table: string): readonly string[] {
  return expected.filter((part) => part.table === table && part.kind !== "table").map(({ definition }) => definition);
}

/** SQLite alters little of a table. Its rows are kept; triggers come last, so that none of them fires. */
function madeAnew({ name, definition }: CatalogPart, columns: readonly string[]): readonly string[] {
  const wanted = columns.filter((column) => new RegExp(`[(,] ?${column} `).test(definition)).join(", ");
  const isCounted = definition.includes("AUTOINCREMENT");
  return [
    "BEGIN IMMEDIATE",
    `CREATE TEMP TABLE syncline_kept AS SELECT * FROM ${name}`,
    ...(isCounted
      ? [`CREATE TEMP TABLE syncline_count AS SELECT name, seq FROM sqlite_sequence WHERE name = '${name}'`]
      : []),
    `DROP TABLE ${name}`,
    definition,
    `INSERT INTO ${name} (${wanted}) SELECT ${wanted} FROM syncline_kept`,
    ...(isCounted
      ? [
          `DELETE FROM sqlite_sequence WHERE name = '${name}'`,
          "INSERT INTO sqlite_sequence (name, seq) SELECT name, seq FROM syncline_count",
          "DROP TABLE temp.syncline_count",
        ]
      : []),
    "DROP TABLE temp.syncline_kept",
    ...onTable(name),
    "COMMIT",
  ];
}

function surplusOf({ kind, name, table }: CatalogPart) {
  if (!expected.some((part) => part.kind === "table" && part.table === table)) return undefined;
  if (kind === "trigger")
    return {
      why: "It runs within Syncline's statements: what it does or refuses is theirs.",
      remedy: [`DROP TRIGGER ${name}`],
    };
  return kind === "index"
    ? { why: "Each of Syncline's writes has to keep it, too.", remedy: [`DROP INDEX ${name}`] }
    : undefined;
}
