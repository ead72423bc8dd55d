import { type CategoryDefinition, type FieldType, type Problem, SynclineError } from "@syncline/core/spi";
import { type OraclePlaceOptions, placeOf, placeProblems } from "./options.ts";
import { jsonValue } from "./sql/backfill.ts";
import { nameOf, type Place, quoteLiteral } from "./sql/names.ts";

/** A table whose changes are recorded without a line of code. Names as they stand in SQL, quoted where they need it. */
export interface CaptureTriggerOptions extends OraclePlaceOptions {
  /** `orders`, `shop.orders`. */
  readonly table: string;
  readonly category: CategoryDefinition;
  /** The columns of key fields that are called otherwise: `{ orderId: "id" }`. */
  readonly columns?: { readonly [field: string]: string };
  /**
   * Of each field of the type timestamp: `"column"` if its column has a zone itself (`WITH TIME
   * ZONE`, `WITH LOCAL TIME ZONE`), else the zone that its times are in: `"UTC"`,
   * `"Europe/Berlin"`. The trigger runs in the application's session, whose zone would decide
   * otherwise.
   */
  readonly zones?: { readonly [field: string]: string };
  /** The trigger's name. Default: the prefix, `on_` and the table's name. */
  readonly name?: string;
}

/**
 * The text of a trigger that records each change of a row, in the transaction that makes it. A changed key is two keys: the
 * old one is gone, the new one is there. Rows without a key (NULL in a column) are left out. It can be run again
 * (`CREATE OR REPLACE`).
 *
 * For each row, and not for each statement: a row's keys are known to row triggers alone, and what a compound trigger would
 * save is a switch from PL/SQL to SQL that JSON_OBJECT takes in any case before 18c.
 *
 * Texts are compared as bytes: with NLS_COMP = LINGUISTIC the application's session may hold 'abc'
 * and 'ABC' for the same.
 *
 * Errors: `config.invalid`, with all problems.
 */
export function captureTrigger(options: CaptureTriggerOptions): string {
  const problems = [...placeProblems(options, "captureTrigger"), ...nameProblems(options)];
  if (problems.length > 0) throw new SynclineError("config.invalid", "This trigger cannot be written.", { problems });
  const place = placeOf(options);
  const { table, category, columns = {}, zones = {} } = options;
  const keys = Object.entries(category.fields).map(([field, type]) => ({
    field,
    type,
    column: columnOf(columns, field),
    zone: zones[field] === ownZone ? undefined : zones[field],
  }));
  const name = options.name ?? `${place.prefix}on_${nameIn(table)}`;
  const record = (row: ":OLD" | ":NEW", operation: "upsert" | "delete") => {
    const pairs = keys.map(
      ({ field, type, column, zone }) => `${quoteLiteral(field)} VALUE ${jsonValue(`${row}.${column}`, type, zone)}`,
    );
    return recordRow(place, category.name, pairs, operation);
  };
  const moved = keys
    .map(({ column, type }) => `${differ(`:OLD.${column}`, `:NEW.${column}`, type)} OR :NEW.${column} IS NULL`)
    .join(" OR ");
  const hasKey = (row: ":OLD" | ":NEW") => keys.map(({ column }) => `${row}.${column} IS NOT NULL`).join(" AND ");
  return `CREATE OR REPLACE TRIGGER ${name}
AFTER INSERT OR UPDATE OR DELETE ON ${table}
FOR EACH ROW
BEGIN
  IF ${hasKey(":OLD")} AND (DELETING OR UPDATING AND (${moved})) THEN
${record(":OLD", "delete")}
  END IF;
  IF ${hasKey(":NEW")} AND (INSERTING OR UPDATING) THEN
${record(":NEW", "upsert")}
  END IF;
END;`;
}

/** What `zones` says of a column that has a zone itself. */
const ownZone = "column";

function differ(one: string, other: string, type: FieldType): string {
  if (type !== "string" && type !== "uuid") return `${one} <> ${other}`;
  return `NLSSORT(${one}, 'NLS_SORT=BINARY') <> NLSSORT(${other}, 'NLS_SORT=BINARY')`;
}

/** A table's own name, as a part of another. */
function nameIn(table: string): string {
  const own = table.split(".").at(-1) ?? table;
  return own.replaceAll('"', "").replaceAll(/[^A-Za-z0-9_$#]/g, "_");
}

function recordRow(place: Place, category: string, pairs: readonly string[], operation: string): string {
  return `    INSERT INTO ${nameOf(place, "change")} (category, condition, operation)
    SELECT ${quoteLiteral(category)}, JSON_OBJECT(${pairs.join(", ")}), '${operation}' FROM SYS.dual;`;
}

function columnOf(columns: { readonly [field: string]: string }, field: string): string {
  return Object.hasOwn(columns, field) ? (columns[field] ?? field) : field;
}

const zoneName = /^[A-Za-z0-9_+:/-]{1,64}$/;
const identifier = /^(?:[A-Za-z][A-Za-z0-9_$#]{0,127}|"[^"]{1,128}")$/;

function nameProblems({ table, category, columns = {}, zones = {}, name }: CaptureTriggerOptions): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (at: string, message: string) => problems.push({ at: `captureTrigger.${at}`, message });
  const parts = typeof table === "string" ? table.split(".") : [];
  if (parts.length < 1 || parts.length > 2 || !parts.every((part) => identifier.test(part)))
    refuse("table", "must be a table's name, with its owner's and a point before it if need be.");
  if (name !== undefined && !(typeof name === "string" && name.split(".").every((part) => identifier.test(part))))
    refuse("name", "must be a name.");
  for (const field of Object.keys(category.fields)) {
    const column: unknown = columnOf(columns, field);
    if (typeof column !== "string" || !identifier.test(column)) refuse(`columns.${field}`, "must be a column's name.");
  }
  for (const [field, type] of Object.entries(category.fields))
    if (type === "timestamp" && !(Object.hasOwn(zones, field) && zoneName.test(String(zones[field]))))
      refuse(
        `zones.${field}`,
        'must say which time zone the column is in, such as "UTC", or "column" if it has one itself.',
      );
  for (const field of Object.keys(zones))
    if (category.fields[field] !== "timestamp") refuse(`zones.${field}`, "is no key field of the type timestamp.");
  for (const field of Object.keys(columns))
    if (!Object.hasOwn(category.fields, field)) refuse(`columns.${field}`, `is no key field of "${category.name}".`);
  return problems;
}
