import { captureMark, captureName, type RowTrigger, type CaptureKey as SharedKey } from "@syncline/core/adapter-kit";
import { quoteIdentifier, quoteLiteral } from "../dialect.ts";
import { hasNoValue, jsonObject, jsonValue } from "../key-json.ts";
import type { ColumnFacts, TableFacts, UniqueIndex } from "../source/table-facts.ts";
import { quotedTable } from "../source/table-name.ts";

export type CaptureKey = SharedKey<TableFacts, ColumnFacts>;

/** SQLite keeps the statement. */
export interface WantedTrigger extends RowTrigger {
  readonly statement: string;
}

export const triggerPrefix = "syncline_capture_";

/**
 * The triggers of one category and table. All are for each row, as SQLite has no others.
 *
 * Conditions are compared as the texts that they are: a column may take 'a' for 'A', and 1 for 1.0.
 */
export function wantedTriggers(key: CaptureKey): readonly WantedTrigger[] {
  const { category, table, columns, isUnique, updateOf } = key;
  const name = `${triggerPrefix}${captureName(category, [table.name])}`;
  const condition = (row: string) =>
    jsonObject(columns.map(({ field, type, column }) => ({ field, value: jsonValue(of(row, column.name), type) })));
  const hasKey = (row: string) => `NOT (${columns.map(({ column }) => hasNoValue(of(row, column.name))).join(" OR ")})`;
  const record = (row: string, operation: "upsert" | "delete", rest = "") =>
    `  INSERT INTO syncline_change (category, condition, operation)
  SELECT ${quoteLiteral(category)}, ${condition(row)}, '${operation}'${rest};`;
  const trigger = (suffix: string, event: string, when: string, body: string): WantedTrigger => {
    const own = `${name}_${suffix}`;
    const statement = `CREATE TRIGGER ${quoteIdentifier(own)} ${event} ON ${quotedTable(table)}${when === "" ? "" : `\nWHEN ${when}`}
BEGIN ${captureMark(category)}
${body}
END`;
    return { name: own, text: statement, statement };
  };
  const gone = isUnique ? "delete" : "upsert";
  const differs = `${condition("OLD")} IS NOT ${condition("NEW")}`;
  const shown = updateOf.map(({ name: column }) => `${shownAs("OLD", column)} IS NOT ${shownAs("NEW", column)}`);
  const replaced = replacing(key);
  // The rows of which a REPLACE is about to take the place.
  const displaced = (others: string) =>
    record(
      "r",
      "upsert",
      `\n    FROM ${quotedTable(table)} AS r WHERE (${replaced.map((index) => meets(index)).join("\n      OR ")})${others}
     AND ${hasKey("r")} AND ${condition("r")} IS NOT ${condition("NEW")}`,
    );
  return [
    trigger("insert", "AFTER INSERT", "", record("NEW", "upsert")),
    trigger(
      "update",
      "AFTER UPDATE",
      shown.length === 0 ? "" : [differs, ...shown].join("\n  OR "),
      `${record("OLD", gone, `\n   WHERE ${hasKey("OLD")} AND ${differs}`)}\n${record("NEW", "upsert")}`,
    ),
    trigger("delete", "AFTER DELETE", hasKey("OLD"), record("OLD", gone)),
    ...(replaced.length === 0
      ? []
      : [
          trigger("replace", "BEFORE INSERT", "", displaced("")),
          trigger(
            "replace_update",
            "BEFORE UPDATE",
            [...new Set(replaced.flatMap(names))]
              .map((column) => `${of("OLD", column)} IS NOT ${of("NEW", column)}`)
              .join(" OR "),
            displaced(`\n     AND ${condition("r")} IS NOT ${condition("OLD")}`),
          ),
        ]),
  ];
}

/**
 * A REPLACE deletes rows without their DELETE triggers, unless a connection has recursive_triggers
 * on. Those are the rows that have the new one's values in a unique index; none needs to be looked
 * for where such rows have the new one's key.
 */
function replacing({ table, columns }: CaptureKey): readonly UniqueIndex[] {
  const { uniqueIndexes, rowid } = table;
  const all = [
    ...(rowid === undefined ? [] : [{ name: "", isPartial: false, columns: [{ name: rowid, collation: "BINARY" }] }]),
    ...uniqueIndexes.filter((index) => names(index).length === index.columns.length),
  ];
  const tellsKey = (index: UniqueIndex) =>
    columns.every(({ column }) =>
      index.columns.some(
        ({ name, collation }) => name === column.name && (collation === "BINARY" || column.affinity === "integer"),
      ),
    );
  return all.filter((index) => !tellsKey(index));
}

/** Of expressions, nothing but the text of its CREATE INDEX knows which. */
export function unreplaced({ table }: CaptureKey): readonly string[] {
  return table.uniqueIndexes.filter((index) => names(index).length < index.columns.length).map(({ name }) => name);
}

function names({ columns }: UniqueIndex): readonly string[] {
  return columns.flatMap(({ name }) => name ?? []);
}

function meets({ columns }: UniqueIndex): string {
  const each = columns.map(
    ({ name = "", collation }) => `${of("r", name)} = ${of("NEW", name)} COLLATE ${quoteIdentifier(collation)}`,
  );
  return each.length === 1 ? each.join("") : `(${each.join(" AND ")})`;
}

/** Two values that SQLite takes for equal may be read as different ones. */
function shownAs(row: string, column: string): string {
  return `quote(${of(row, column)})`;
}

function of(row: string, column: string): string {
  return `${row}.${quoteIdentifier(column)}`;
}
