import { type CategoryDefinition, type Problem, SynclineError } from "@syncline/core/spi";
import { schemaProblem } from "../options.ts";
import { conditionJson, hasKey, type KeyColumn, keyColumnsOf, keyTextOf } from "../sql/condition-json.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

export interface CaptureTriggerOptions {
  /** The table whose changes are recorded: `orders` or `dbo.orders`. */
  readonly table: string;
  readonly category: CategoryDefinition;
  /** The columns of key fields that are called otherwise: `{ orderId: "id" }`. */
  readonly columns?: { readonly [field: string]: string };
  /** The trigger's name, in the table's schema. Default `syncline_` and the category's name. */
  readonly name?: string;
  /** Where Syncline's tables are. Default `syncline`. */
  readonly schema?: string;
}

/**
 * The text of a trigger that records what changes in a table, whoever changes it: one INSERT for one statement, however
 * many rows. Run it as a batch of its own.
 *
 * A key whose row is there afterwards is an `upsert`; one that is no longer there is a `delete`. So a changed key is two.
 * Rows without a key (NULL in a column) are left out.
 *
 * It runs in the session of whoever changes the table. So it lifts that session's SET ROWCOUNT,
 * which would limit what is recorded (the server sets it again afterwards), and writes no value in
 * a form that depends on the session.
 *
 * Errors: `config.invalid`, with everything that is wrong.
 */
export function captureTrigger(options: CaptureTriggerOptions): string {
  const problems = captureProblems(options);
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of captureTrigger() are not usable.", { problems });
  const { table, category } = options;
  const schema = quoteIdentifier(options.schema ?? "syncline");
  const path = table.split(".");
  const names = { owner: path.length > 1 ? `${quoteIdentifier(path[0] ?? "")}.` : "", table: path.at(-1) ?? "" };
  const trigger = `${names.owner}${quoteIdentifier(options.name ?? `syncline_${category.name}`)}`;
  const columns = keyColumnsOf(category.fields, (field) => options.columns?.[field] ?? field);
  const same = columns.map(sameKey).join(" AND ");
  return `CREATE TRIGGER ${trigger} ON ${names.owner}${quoteIdentifier(names.table)}
AFTER INSERT, UPDATE, DELETE AS
BEGIN
SET NOCOUNT ON;
SET ROWCOUNT 0;
IF NOT EXISTS (SELECT 1 FROM inserted) AND NOT EXISTS (SELECT 1 FROM deleted) RETURN;
INSERT INTO ${schema}.change (category, condition, operation)
SELECT ${quoteLiteral(category.name)}, ${conditionJson(columns, "d")}, 'delete'
  FROM deleted AS d
 WHERE ${hasKey(columns, "d")} AND NOT EXISTS (SELECT 1 FROM inserted AS i WHERE ${same})
UNION ALL
SELECT ${quoteLiteral(category.name)}, ${conditionJson(columns, "i")}, 'upsert'
  FROM inserted AS i
 WHERE ${hasKey(columns, "i")};
END`;
}

/**
 * Texts as bytes: to a downstream, `abc` and `ABC` are two keys, and so are `a` and `a ` (a
 * comparison pads with blanks under every collation). Converted first, since the column may be of
 * any type, and COLLATE fits character types alone.
 */
function sameKey({ column, type }: KeyColumn): string {
  const [now, before] = ["i", "d"].map((alias) => `${alias}.${quoteIdentifier(column)}`) as [string, string];
  if (type !== "string") return `${now} = ${before}`;
  return `${keyBytes(now)} = ${keyBytes(before)}`;
}

function keyBytes(column: string): string {
  return `CAST(${keyTextOf(column)} AS varbinary(802))`;
}

function captureProblems({ table, category, columns, schema }: CaptureTriggerOptions): readonly Problem[] {
  const problems: Problem[] = [];
  if (typeof table !== "string" || !/^[^.[\]]+(\.[^.[\]]+)?$/.test(table))
    problems.push({
      at: "table",
      message: "It must be a table's name, or its schema's and its own with a point between, without brackets.",
    });
  const fields = Object.keys(category?.fields ?? {});
  if (fields.length === 0) problems.push({ at: "category", message: "It must be a category, with its key fields." });
  for (const field of Object.keys(columns ?? {})) {
    if (!fields.includes(field))
      problems.push({
        at: `columns.${field}`,
        message: `The category has no such key field; it has ${fields.join(", ")}.`,
      });
  }
  const wrong = schema === undefined ? undefined : schemaProblem(schema);
  if (wrong !== undefined) problems.push({ at: "schema", message: wrong });
  return problems;
}
