import { captureKeyOf } from "@syncline/core/adapter-kit";
import type { CaptureTarget, Problem } from "@syncline/core/spi";
import { tableReading } from "../source/key-columns.ts";
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
export function captureKey(target: CaptureTarget, { named, table, functions, schemaName }: Known): CaptureKey {
  const problemsOf = (found: TableFacts) => tableProblems(found, schemaName);
  const missing = noTable(named, functions, target.category.name);
  return captureKeyOf({ ...tableReading, isUnique, problemsOf }, target, table, missing);
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
