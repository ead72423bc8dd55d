import { type CaptureTarget, type Problem, SynclineError } from "@syncline/core/spi";
import { columnOf, keyColumns, noColumn } from "../source/key-columns.ts";
import { isUnique, type TableFacts } from "../source/table-facts.ts";
import { quotedTable, type TableName } from "../source/table-name.ts";
import type { FunctionFacts } from "./capture-facts.ts";
import { type CaptureKey, markedTable } from "./capture-function.ts";

interface Known {
  readonly named: TableName;
  readonly table: TableFacts | undefined;
  readonly functions: readonly FunctionFacts[];
  /** Where Syncline's tables are. */
  readonly schemaName: string;
}

/** What is to be captured of the table that is there. Errors: `config.invalid`, with every problem. */
export function captureKey(
  { category, source }: CaptureTarget,
  { named, table, functions, schemaName }: Known,
): { readonly key: CaptureKey; readonly found: TableFacts } {
  const refused = (problems: readonly Problem[]) =>
    new SynclineError("config.invalid", `The category "${category.name}" cannot be captured.`, { problems });
  if (table === undefined) throw refused([{ at: "source.table", message: noTable(named, functions, category.name) }]);
  const { columns, problems } = keyColumns(category, source, table);
  const updateOf = (source.updateOf ?? []).map((name) => ({ name, column: columnOf(table, name) }));
  const all = [
    ...tableProblems(table, schemaName),
    ...problems,
    ...updateOf.flatMap(({ name, column }, index) =>
      column === undefined ? [{ at: `source.updateOf[${index}]`, message: noColumn(table, name) }] : [],
    ),
  ];
  if (all.length > 0) throw refused(all);
  const key = {
    category: category.name,
    table: quotedTable(named),
    columns,
    isUnique: isUnique(
      table,
      columns.map(({ column }) => column.name),
    ),
    updateOf: updateOf.flatMap(({ column }) => column ?? []),
  };
  return { key, found: table };
}

function tableProblems({ schema, kind, tree, ...table }: TableFacts, schemaName: string): readonly Problem[] {
  const at = "source.table";
  const name = quotedTable({ schema, name: table.name });
  if (schema === schemaName) return [{ at, message: `${name} is one of Syncline's own tables.` }];
  if (kind !== "r" && kind !== "p")
    return [
      { at, message: `${name} is no table, and what changes it fires no trigger: capture the tables that it shows.` },
    ];
  return tree
    .filter((member) => member.kind === "f")
    .map((member) => ({
      at,
      message: `${quotedTable(member)} is a foreign table, whose rows no trigger sees: an UPDATE of ${name} would fail.`,
    }));
}

/** Renamed tables keep their triggers. */
function noTable(named: TableName, functions: readonly FunctionFacts[], category: string): string {
  const name = quotedTable(named);
  const tables = functions
    .filter(({ text }) => markedTable(text, category) === name)
    .flatMap(({ triggers }) => triggers.map(({ table }) => quotedTable(table)));
  const elsewhere = [...new Set(tables)].join(", ");
  return `There is no table ${name}.${elsewhere === "" ? "" : ` What captured it is on ${elsewhere}, and records still.`}`;
}
