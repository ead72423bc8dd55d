import type { CategorySources, SourcedCategory } from "../../contracts/category-sources.ts";
import type { FieldType } from "../../model/category-definition.ts";
import { sourceColumn } from "../../model/category-source.ts";
import { SynclineError } from "../../model/errors.ts";
import type { Problem } from "../../model/problem.ts";

/** A field of a key, and the column of the source that it stands for. */
export interface SourceColumn<Column> {
  readonly field: string;
  readonly type: FieldType;
  readonly column: Column;
}

/** How a database reads names within a table that it has found. */
export interface TableReading<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
> {
  /** The table's name as SQL has it, and for people. */
  nameOf(table: Table): string;
  /** The column that a source calls so. */
  columnOf(table: Table, name: string): Column | undefined;
  /** Why the column can be no key field of the type: a clause after its name. */
  misfit(type: FieldType, column: Column): string | undefined;
}

/** What a database says of a table that a category names as its source. */
export interface SourceParts<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
> extends TableReading<Table, Column> {
  /**
   * The table of this name, as SQL has it; a text, what is wrong with the name: a clause after it;
   * `undefined`, there is none.
   */
  find(name: string, signal: AbortSignal): Promise<Table | string | undefined>;
  /** Whether a login sees all tables that there are. Default false. */
  readonly seesAllTables?: boolean;
  quoteIdentifier(name: string): string;
  /** What SQL has between a table and its alias. Default ` AS `. */
  readonly as?: string;
  /** A key of these columns is one row's at most. Without this member keys may come more than once. */
  isUnique?(table: Table, names: readonly string[]): boolean;
  /** A column as a key. Default: as it is. */
  keyOf?(name: string): string;
  /** Every row of the table is seen by whoever may read it: see `CategorySources.presence`. */
  isWhole(table: Table): boolean;
  /** Whether a row has the key: the column's name stands behind `s.`. Default: it equals `:field`. */
  hasKey?(name: string, column: SourceColumn<Column>): string;
  readonly tables?: NonNullable<CategorySources["tables"]>;
}

/** `CategorySources` of what a catalog says. */
export function createCategorySources<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
>(parts: SourceParts<Table, Column>): Required<Pick<CategorySources, "check" | "keys" | "presence">> & CategorySources {
  async function look(category: SourcedCategory, signal: AbortSignal) {
    const { table: name } = category.source;
    const found = await parts.find(name, signal);
    const wrong = (message: string) => ({ problems: [{ at: "source.table", message }], columns: [], table: undefined });
    if (typeof found === "string") return wrong(`${JSON.stringify(name)} ${found}.`);
    if (found === undefined) return wrong(noTable(name, parts.seesAllTables));
    return { table: found, ...keyColumnsOf(parts, category.fields, category.source, found) };
  }

  async function sound(category: SourcedCategory, signal: AbortSignal) {
    const { problems, table, columns } = await look(category, signal);
    if (table === undefined || problems.length > 0)
      throw new SynclineError("config.invalid", `The source of "${category.name}" cannot be read.`, { problems });
    return { table, columns };
  }

  return {
    check: async (category, signal) => (await look(category, signal)).problems,
    keys: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return keysIn(parts, table, columns);
    },
    presence: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return parts.isWhole(table) ? presenceIn(parts, table, columns) : undefined;
    },
    ...(parts.tables === undefined ? {} : { tables: parts.tables }),
  };
}

/** @param name as it was given. */
export function noTable(name: string, seesAllTables = false): string {
  return `There is no table ${name}${seesAllTables ? "" : ", or the login may not see it"}.`;
}

function keysIn<Table extends { readonly columns: readonly Column[] }, Column extends { readonly name: string }>(
  { quoteIdentifier, nameOf, isUnique, keyOf = (name) => name, as = " AS " }: SourceParts<Table, Column>,
  table: Table,
  columns: readonly SourceColumn<Column>[],
): string {
  const names = columns.map(({ column }) => column.name);
  const isDistinct = isUnique?.(table, names) ?? true;
  const list = columns.map(({ field, column }) => {
    const name = `s.${quoteIdentifier(column.name)}`;
    return `${isDistinct ? name : keyOf(name)} AS ${quoteIdentifier(field)}`;
  });
  return `SELECT ${isDistinct ? "" : "DISTINCT "}${list.join(", ")} FROM ${nameOf(table)}${as}s`;
}

function presenceIn<Table extends { readonly columns: readonly Column[] }, Column extends { readonly name: string }>(
  { quoteIdentifier, nameOf, hasKey, as = " AS " }: SourceParts<Table, Column>,
  table: Table,
  columns: readonly SourceColumn<Column>[],
): string {
  const isKey = columns.map((each) => {
    const name = `s.${quoteIdentifier(each.column.name)}`;
    return hasKey?.(name, each) ?? `${name} = :${each.field}`;
  });
  return `SELECT DISTINCT 1 AS present FROM ${nameOf(table)}${as}s WHERE ${isKey.join(" AND ")}`;
}

/** Those of a key, and what is wrong with them. Places are within the category. */
export function keyColumnsOf<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
>(
  parts: TableReading<Table, Column>,
  fields: SourcedCategory["fields"],
  source: SourcedCategory["source"],
  table: Table,
): { readonly columns: readonly SourceColumn<Column>[]; readonly problems: readonly Problem[] } {
  const columns: SourceColumn<Column>[] = [];
  const problems: Problem[] = [];
  for (const [field, type] of Object.entries(fields)) {
    const name = sourceColumn(source, field);
    const column = parts.columnOf(table, name);
    if (column === undefined) {
      problems.push({ at: `source.columns.${field}`, message: noColumn(parts.nameOf(table), table, name) });
      continue;
    }
    columns.push({ field, type, column });
    const reason = parts.misfit(type, column);
    if (reason !== undefined)
      problems.push({ at: `fields.${field}`, message: `${parts.nameOf(table)}.${column.name} ${reason}` });
  }
  return { columns, problems };
}

export function noColumn(
  tableName: string,
  { columns }: { readonly columns: readonly { readonly name: string }[] },
  name: string,
): string {
  return `${tableName} has no column "${name}"; it has ${columns.map((each) => each.name).join(", ")}.`;
}
