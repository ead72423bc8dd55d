import { captureName as digested, type CaptureKey as SharedKey } from "@syncline/core/adapter-kit";
import type { ColumnFacts, TableFacts } from "../source/table-facts.ts";
import { quotedTable } from "../source/table-name.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

/** What a capture function is made for. */
export type CaptureKey = SharedKey<TableFacts, ColumnFacts>;

type SourceColumn = CaptureKey["columns"][number];

/** What is known of it where the table is gone: `table` as SQL names it, quoted. */
export interface CapturedName {
  readonly category: string;
  readonly table: string;
}

export function capturedName({ category, table }: CaptureKey): CapturedName {
  return { category, table: quotedTable(table) };
}

/** The first line of its text, by which the functions of a category are known. */
export function categoryMark(category: string): string {
  return `-- Syncline captures ${JSON.stringify({ category }).slice(0, -1)},`;
}

function markOf({ category, table }: CapturedName): string {
  return `${categoryMark(category)}"table":${JSON.stringify(table)}}`;
}

/** The table for which a function was made, by its text. */
export function markedTable(text: string, category: string): string | undefined {
  const line = text.split("\n").find((each) => each.startsWith(categoryMark(category)));
  const found = line === undefined ? undefined : /"table":(".*")}$/.exec(line)?.[1];
  return found === undefined ? undefined : (JSON.parse(found) as string);
}

/** Short enough for any suffix: names of more than 63 bytes are cut by the server. */
export function captureName({ category, table }: CapturedName): string {
  return digested(category, [table]);
}

/**
 * The text of the function that all triggers of one category and table share. `schema` is a quoted
 * identifier.
 *
 * It runs with the rights of the owner of Syncline's tables, and so calls nothing that another role
 * could define. That is why values of types that are not the server's own become text by `format`,
 * which asks their output function, and never by a cast, which the type's owner may define.
 *
 * Rows are matched by GROUP BY, which can be hashed or sorted, and spills: a join would be planned
 * for as many rows as the session's first statement had, and kept.
 */
export function captureBody(schema: string, key: CaptureKey): string {
  const { columns, category, isUnique } = key;
  const into = `INSERT INTO ${schema}.change (category, condition, operation)`;
  const insert = `${into}
    SELECT ${quoteLiteral(category)}, ${conditionOf(columns)}`;
  const gone = isUnique ? "'delete'" : "'upsert'";
  // No name holds this character.
  const truncated = `${insert}, 'delete' FROM (${keysIn("\u0000", key, true)}) AS r`;
  const [before = "", after = ""] = truncated.split("\u0000").map(quoteLiteral);
  return `
${markOf(capturedName(key))}
#variable_conflict use_column
BEGIN
  IF TG_OP = 'UPDATE' THEN
    ${insert}, ${isUnique ? "CASE WHEN r.is_there THEN 'upsert' ELSE 'delete' END" : "'upsert'"}
      FROM (${changedKeys(key)}) AS r;
  ELSIF TG_OP = 'INSERT' THEN
    ${insert}, 'upsert'
      FROM (${keysIn("new_rows", key, false)}) AS r;
  ELSIF TG_OP = 'DELETE' THEN
    ${insert}, ${gone}
      FROM (${keysIn("old_rows", key, true)}) AS r;
  ELSIF ${mayRead(columns)} THEN
    EXECUTE ${before} || format('ONLY %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) || ${after};
  ELSE
    ${into}
    VALUES (${quoteLiteral(category)}, jsonb_build_object('truncated', format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME))::text, 'delete');
  END IF;
  RETURN NULL;
END
`;
}

const rowName = (column: ColumnFacts) => `r.${quoteIdentifier(column.name)}`;

/**
 * Types of the server's whose equal values are one key, and which JSON tells whatever the session
 * has set.
 */
const plain: ReadonlySet<string> = new Set([
  ...["int2", "int4", "int8", "oid", "numeric", "bool", "uuid", "date", "timestamptz"],
]);

/** A key value of a row: as it is, or as text, of which no two are equal that differ. NULL stays NULL. */
function keyValue({ column, type }: SourceColumn): string {
  const { base } = column;
  const value = rowName(column);
  if (type !== "string" && base.schema === "pg_catalog" && plain.has(base.name)) return value;
  const text = `format('%s', ${value})`;
  const padded = base.schema === "pg_catalog" && base.name === "bpchar";
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${padded ? `rtrim(${text}, ' ')` : text} END COLLATE "C"`;
}

function keyList(columns: readonly SourceColumn[]): string {
  return columns.map((column, index) => `${keyValue(column)} AS k${index}`).join(", ");
}

function keyNames(columns: readonly SourceColumn[]): string {
  return columns.map((_, index) => `k${index}`).join(", ");
}

function conditionOf(columns: readonly SourceColumn[]): string {
  const pairs = columns.map(({ field }, index) => `${quoteLiteral(field)}, r.k${index}`);
  return `jsonb_build_object(${pairs.join(", ")})::text`;
}

/** Of a row without one, nothing was ever sent. A new one is recorded, so that workers tell of it. */
function hasKey(columns: readonly SourceColumn[]): string {
  return columns.map(({ column }) => `${rowName(column)} IS NOT NULL`).join(" AND ");
}

/** The keys of some rows, each once. */
function keysIn(rows: string, { columns, isUnique }: CaptureKey, withKey: boolean): string {
  const all = `SELECT ${keyList(columns)} FROM ${rows} AS r${withKey ? ` WHERE ${hasKey(columns)}` : ""}`;
  return isUnique ? all : `SELECT ${keyNames(columns)} FROM (${all}) AS r GROUP BY ${keyNames(columns)}`;
}

/**
 * The keys before and after an UPDATE, each once, and whether a row has it now. With `updateOf`,
 * only those of whose rows, as far as these columns show them, there are not as many as before:
 * which old row became which new one is not known, and need not be.
 */
function changedKeys({ columns, updateOf }: CaptureKey): string {
  const names = keyNames(columns);
  const shown = updateOf.map((column, index) => `, format('%L', ${rowName(column)}) COLLATE "C" AS c${index}`).join("");
  const both = `SELECT ${keyList(columns)}${shown}, true AS is_there FROM new_rows AS r
         UNION ALL SELECT ${keyList(columns)}${shown}, false FROM old_rows AS r WHERE ${hasKey(columns)}`;
  if (updateOf.length === 0)
    return `SELECT ${names}, bool_or(is_there) AS is_there FROM (
         ${both}) AS r GROUP BY ${names}`;
  const all = `${names}${updateOf.map((_, index) => `, c${index}`).join("")}`;
  return `SELECT ${names}, bool_or(is_there) AS is_there FROM (
         SELECT ${all}, bool_or(is_there) AS is_there, sum(CASE WHEN is_there THEN 1 ELSE -1 END) AS more FROM (
         ${both}) AS r GROUP BY ${all}) AS r GROUP BY ${names} HAVING bool_or(more <> 0)`;
}

/** Whether the function's owner, as whom it runs, sees all keys of the table. */
function mayRead(columns: readonly SourceColumn[]): string {
  const each = columns.map(
    ({ column }) => `has_column_privilege(current_user, TG_RELID, ${quoteLiteral(column.name)}, 'SELECT')`,
  );
  return [
    "has_schema_privilege(current_user, TG_TABLE_SCHEMA, 'USAGE')",
    ...each,
    "NOT row_security_active(TG_RELID)",
  ].join(" AND ");
}
