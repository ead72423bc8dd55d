import { neverCaptured } from "@syncline/core/adapter-kit";
import type { RunStatement } from "../connections.ts";
import { quotedTable } from "../source/table-name.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { ownStatement } from "../sql/statement.ts";
import type { CaptureKey } from "./capture-function.ts";

/**
 * Of these tables, those that the role sees not all of: `$1` role, `$2` oids, `$3` columns, as JSON
 * arrays.
 */
const unread = ownStatement(
  "unread",
  `SELECT c.oid::text FROM pg_class AS c JOIN pg_roles AS r ON r.rolname = $1
 WHERE c.oid::bigint IN (SELECT value::bigint FROM json_array_elements_text($2::json))
   AND NOT (has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
            AND (SELECT bool_and(has_column_privilege(r.oid, c.oid, value, 'SELECT')) FROM json_array_elements_text($3::json))
            AND (NOT c.relrowsecurity OR r.rolsuper OR r.rolbypassrls
                 OR NOT c.relforcerowsecurity AND pg_has_role(r.oid, c.relowner, 'USAGE')))`,
);

/** What changes rows and is not recorded as changes of keys. A sentence each. */
export async function uncaptured(
  run: RunStatement,
  { table, columns, updateOf }: CaptureKey,
  owner: string,
): Promise<readonly string[]> {
  const names = columns.map(({ column }) => column.name);
  const list = names.map(quoteIdentifier).join(", ");
  const leaves = table.tree.filter(({ kind }) => kind !== "p");
  const values = [owner, JSON.stringify(leaves.map(({ oid }) => oid)), JSON.stringify(names)];
  const hidden = new Set((await run(unread, values)).map(([oid]) => Number(oid)));
  const closed = leaves.filter(({ oid }) => hidden.has(oid)).map(quotedTable);
  const nullable = columns.filter(({ column }) => !column.notNull).map(({ column }) => column.name);
  return [
    "Sessions with session_replication_role = replica, and what logical replication applies, fire no trigger of these.",
    "Nor does anything while triggers are disabled (ALTER TABLE … DISABLE TRIGGER, pg_restore --disable-triggers).",
    ...(table.tree.length > 1 || table.kind === "p"
      ? [
          "ATTACH PARTITION and DETACH PARTITION bring and take rows and fire none: backfill then. Install again after a new " +
            "partition, or statements that name the partition itself are not captured.",
        ]
      : []),
    ...(closed.length > 0
      ? [
          `TRUNCATE records no keys of ${closed.join(", ")}, since ${owner} does not see all of it, but one change that workers ` +
            `keep apart and tell of. GRANT SELECT (${list}) ON ${closed.join(", ")} TO ${quoteIdentifier(owner)} lets it record each key.`,
        ]
      : []),
    ...neverCaptured({ nullable, updateOf: updateOf.map(({ name }) => name) }),
  ];
}
