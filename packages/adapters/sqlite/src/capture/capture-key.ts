import { type CaptureTarget, type Problem, SynclineError } from "@syncline/core/spi";
import { columnOf, keyColumns, noColumn, type SourceColumn } from "../source/key-columns.ts";
import { type ColumnFacts, isUnique, type TableFacts } from "../source/table-facts.ts";
import { quotedTable, type TableName } from "../source/table-name.ts";

/** What is captured of a table. */
export interface CaptureKey {
  readonly category: string;
  readonly table: TableFacts;
  readonly columns: readonly SourceColumn[];
  /** One row for each key at most: a row that is gone is a key that is gone. */
  readonly isUnique: boolean;
  /** Empty: every UPDATE is captured. */
  readonly updateOf: readonly ColumnFacts[];
}

/** What is to be captured of the table that is there. Errors: `config.invalid`, with every problem. */
export function captureKey(
  { category, source }: CaptureTarget,
  named: TableName,
  table: TableFacts | undefined,
): CaptureKey {
  const refused = (problems: readonly Problem[]) =>
    new SynclineError("config.invalid", `The category "${category.name}" cannot be captured.`, { problems });
  if (table === undefined) throw refused([{ at: "source.table", message: `There is no table ${quotedTable(named)}.` }]);
  const { columns, problems } = keyColumns(category, source, table);
  const updateOf = (source.updateOf ?? []).map((name) => ({ name, column: columnOf(table, name) }));
  const all = [
    ...tableProblems(table),
    ...problems,
    ...updateOf.flatMap(({ name, column }, index) =>
      column === undefined ? [{ at: `source.updateOf[${index}]`, message: noColumn(table, name) }] : [],
    ),
  ];
  if (all.length > 0) throw refused(all);
  return {
    category: category.name,
    table,
    columns,
    isUnique: isUnique(
      table,
      columns.map(({ column }) => column.name),
    ),
    updateOf: updateOf.flatMap(({ column }) => column ?? []),
  };
}

function tableProblems(table: TableFacts): readonly Problem[] {
  const name = quotedTable(table);
  const problem = (message: string) => [{ at: "source.table", message: `${name} ${message}` }];
  if (/^(syncline|sqlite)_/i.test(table.name)) return problem("is one of Syncline's own tables, or of SQLite's.");
  if (table.schema === "temp") return problem("is a temporary table, which each connection has for itself.");
  if (table.schema !== "main")
    return problem(
      "is of another file, and a trigger there cannot write to this one, where Syncline's tables are: record by code, or have Syncline in that file.",
    );
  if (table.kind === "table") return [];
  return table.kind === "view"
    ? problem("is a view, and what changes it fires no trigger: capture the tables that it shows.")
    : problem("is a virtual table, on which SQLite allows no trigger: capture the table behind it, or record by code.");
}
