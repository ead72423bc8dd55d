import { missingKeys } from "@syncline/core/adapter-kit";
import type { Backfill } from "@syncline/core/spi";
import { quoteIdentifier } from "./dialect.ts";
import { translateError } from "./errors.ts";
import { hasNoValue, jsonObject, jsonValue } from "./key-json.ts";
import { prepareSelect } from "./select.ts";
import type { Sql } from "./store.ts";

/** Returns how many were recorded. Two statements, one snapshot: what fails leaves nothing, as its transaction is rolled back. */
export function backfillKeys(
  sql: Sql,
  { strategy, category, keys }: Extract<Backfill, { readonly keys: string }>,
): number {
  const text = keys.replace(/;\s*$/, "");
  prepareSelect(sql.database, text);
  const fields = Object.entries(category.fields).map(([name, type]) => ({
    name,
    type,
    column: `q.${quoteIdentifier(name)}`,
  }));
  const condition = jsonObject(
    fields.map(({ name, type, column }) => ({ field: name, value: jsonValue(column, type) })),
  );
  const isMissing = fields.map(({ column }) => hasNoValue(column)).join(" OR ");
  const found = `FROM (\n${text}\n) AS q`;
  const insert = `INSERT INTO syncline_change (category, condition, strategy)
    SELECT @category, ${condition}, @strategy ${found}`;
  try {
    const [row] = sql.all<{ readonly missing: number }>(`SELECT count(*) AS missing ${found} WHERE ${isMissing}`);
    if (row !== undefined && row.missing > 0) throw missingKeys(row.missing, category.name);
    return sql.run(insert, { category: category.name, strategy });
  } catch (error) {
    throw translateError(error, /no such column/.test(String(error)) ? "query.invalid" : "query.data");
  }
}
