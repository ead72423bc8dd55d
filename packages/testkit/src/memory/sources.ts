import {
  type CategorySources,
  type Problem,
  type SourcedCategory,
  SynclineError,
  sourceColumn,
} from "@syncline/core/spi";
import { operate } from "./guard.ts";
import type { MemoryStore } from "./store.ts";

export function memorySources(store: MemoryStore): CategorySources {
  const problemsOf = ({ fields, source }: SourcedCategory): readonly Problem[] => {
    const table = store.tables.get(source.table);
    if (table === undefined) return [{ at: "source.table", message: `There is no table ${source.table}.` }];
    return Object.entries(fields).flatMap(([field, type]) => {
      const column = sourceColumn(source, field);
      if (!table.columns.includes(column))
        return [{ at: `source.columns.${field}`, message: `${source.table} has no column ${column}.` }];
      // Numbers and texts are all that it keeps.
      const isText = column === "label";
      return isText === (type === "string")
        ? []
        : [
            {
              at: `fields.${field}`,
              message: `${column} is no ${type}: declare it as "${isText ? "string" : "integer"}".`,
            },
          ];
    });
  };
  const sound = (category: SourcedCategory) => {
    const problems = problemsOf(category);
    if (problems.length > 0) throw new SynclineError("config.invalid", "The source cannot be read.", { problems });
    return Object.keys(category.fields).map((field) => ({ field, column: sourceColumn(category.source, field) }));
  };
  return {
    check: (category, signal) => operate(store, signal, () => problemsOf(category)),
    keys: (category, signal) =>
      operate(store, signal, () => {
        const columns = sound(category).map(({ field, column }) => `s.${column} AS "${field}"`);
        return `SELECT ${columns.join(", ")} FROM ${category.source.table} s`;
      }),
    presence: (category, signal) =>
      operate(store, signal, () => {
        const isKey = sound(category).map(({ field, column }) => `s.${column} = :${field}`);
        return `SELECT 1 AS present FROM ${category.source.table} s WHERE ${isKey.join(" AND ")}`;
      }),
    tables: (signal) =>
      operate(store, signal, () =>
        [...store.tables].map(([table, { columns }]) => ({
          table,
          kind: "table",
          readable: true,
          columns: columns.map((name) => ({
            name,
            sql: name,
            type: "",
            field: name === "label" ? "string" : "integer",
          })),
          key: ["id"],
        })),
      ),
  };
}
