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

/** What a database says of a table that a category names as its source. */
export interface SourceParts<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
> {
  /**
   * The table of this name, as SQL has it; a text, what is wrong with the name: a clause after it;
   * `undefined`, there is none.
   */
  find(name: string, signal: AbortSignal): Promise<Table | string | undefined>;
  /** The table's name, for people. */
  nameOf(table: Table): string;
  /** The column that a source calls so. */
  columnOf(table: Table, name: string): Column | undefined;
  /** Why the column can be no key field of the type: a clause after its name. */
  misfit(type: FieldType, column: Column): string | undefined;
  /** See `CategorySources.keys`. */
  keys(table: Table, columns: readonly SourceColumn<Column>[]): string;
  /** See `CategorySources.presence`. */
  presence(table: Table, columns: readonly SourceColumn<Column>[]): string | undefined;
}

export function createCategorySources<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
>(parts: SourceParts<Table, Column>): Required<Pick<CategorySources, "check" | "keys" | "presence">> {
  async function look(category: SourcedCategory, signal: AbortSignal) {
    const { table: name } = category.source;
    const found = await parts.find(name, signal);
    const wrong = (message: string) => ({ problems: [{ at: "source.table", message }], columns: [], table: undefined });
    if (typeof found === "string") return wrong(`${JSON.stringify(name)} ${found}.`);
    if (found === undefined) return wrong(`There is no table ${name}, or the login may not see it.`);
    return { table: found, ...keyColumns(parts, category, found) };
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
      return parts.keys(table, columns);
    },
    presence: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return parts.presence(table, columns);
    },
  };
}

/** Places are within the category. */
function keyColumns<Table extends { readonly columns: readonly Column[] }, Column extends { readonly name: string }>(
  parts: Pick<SourceParts<Table, Column>, "nameOf" | "columnOf" | "misfit">,
  { fields, source }: SourcedCategory,
  table: Table,
): { readonly columns: readonly SourceColumn<Column>[]; readonly problems: readonly Problem[] } {
  const columns: SourceColumn<Column>[] = [];
  const problems: Problem[] = [];
  for (const [field, type] of Object.entries(fields)) {
    const name = sourceColumn(source, field);
    const column = parts.columnOf(table, name);
    if (column === undefined) {
      const names = table.columns.map((each) => each.name).join(", ");
      problems.push({
        at: `source.columns.${field}`,
        message: `${parts.nameOf(table)} has no column "${name}"; it has ${names}.`,
      });
      continue;
    }
    columns.push({ field, type, column });
    const reason = parts.misfit(type, column);
    if (reason !== undefined)
      problems.push({ at: `fields.${field}`, message: `${parts.nameOf(table)}.${column.name} ${reason}` });
  }
  return { columns, problems };
}
