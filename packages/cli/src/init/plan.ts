import type { FieldType, SourceTable } from "@syncline/core/spi";
import { categoryName, fieldName, variableName } from "./names.ts";

/** A key field of a category, and its column. */
export interface PlannedField {
  readonly name: string;
  readonly type: FieldType;
  /** Where it is called otherwise than the field. */
  readonly column: string | undefined;
  readonly sql: string;
}

/** A table that was chosen: its category and its first strategy. */
export interface PlannedTable {
  readonly table: string;
  readonly category: string;
  readonly variable: string;
  readonly strategy: string;
  readonly fields: readonly PlannedField[];
  /** As SQL needs them. */
  readonly columns: readonly string[];
  /** Columns that look like secrets: they are not sent unless somebody adds them. */
  readonly leftOut: readonly string[];
}

/** Why no category can be made of a table; a clause after its name. */
export function unfitFor({ kind, readable, key, columns }: SourceTable): string | undefined {
  if (kind === "view")
    return "is a view or a foreign table, whose changes no trigger can record: choose the tables below it";
  if (!readable) return "may not be read by this login: GRANT SELECT on it, and USAGE on its schema";
  if (key.length === 0) return "has no primary key, nor another unique key without NULLs, by which rows could be found";
  const wrong = columns.filter(({ name, field }) => key.includes(name) && field === null);
  if (wrong.length === 0) return undefined;
  return `has a key that cannot be one: ${wrong.map(({ name, type }) => `${name} has the type ${type || "(none)"}`).join(", ")}`;
}

export function planTables(tables: readonly SourceTable[], downstream: string): readonly PlannedTable[] {
  const taken = new Set<string>();
  const variables = new Set<string>();
  return tables.map(({ table, columns, key }) => {
    const category = categoryName(table, taken);
    taken.add(category);
    const fields: PlannedField[] = [];
    for (const name of key) {
      const column = columns.find((each) => each.name === name);
      if (column?.field == null) throw new Error(`${table} was to be refused`);
      const field = fieldName(name, new Set(fields.map((each) => each.name)));
      fields.push({ name: field, type: column.field, column: field === name ? undefined : name, sql: column.sql });
    }
    let variable = variableName(category);
    while (variables.has(variable)) variable = `${variable}_`;
    variables.add(variable);
    const secret = columns.filter(({ name }) => looksSecret.test(name) && !key.includes(name));
    return {
      table,
      category,
      variable,
      strategy: `${downstream.slice(0, 13)}-${category}`,
      fields,
      columns: columns.filter((column) => !secret.includes(column)).map(({ sql }) => sql),
      leftOut: secret.map(({ sql }) => sql),
    };
  });
}

const looksSecret = /passw|passphrase|pwd|secret|token|salt|credential|api_?key|private_?key|\bpin\b|\bcvc\b|\bcvv\b/i;
