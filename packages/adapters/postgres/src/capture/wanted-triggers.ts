import type { MemberFacts, TableFacts } from "../source/table-facts.ts";
import { quotedTable } from "../source/table-name.ts";
import { quoteIdentifier } from "../sql/identifier.ts";

/** A trigger of ours as it has to be. */
export interface WantedTrigger {
  readonly member: MemberFacts;
  readonly name: string;
  /** `pg_trigger.tgtype`. */
  readonly type: number;
  /** Of `UPDATE OF`; else none. */
  readonly columns: readonly string[];
  readonly statement: string;
}

const before = 2;
const insert = 4;
const deletes = 8;
const update = 16;
const truncate = 32;

/**
 * On each table of the tree, since statements fire the triggers of the table that they name, and of
 * no partition of it. `calls` is a function's quoted name.
 *
 * The one that never runs holds on to the columns: to drop one, or to change its type, is refused
 * while it is there, where otherwise each statement on the table would fail from then on.
 */
export function wantedTriggers(
  table: TableFacts,
  name: string,
  calls: string,
  columns: readonly string[],
): readonly WantedTrigger[] {
  const trigger = (
    member: MemberFacts,
    suffix: string,
    type: number,
    event: string,
    rest: string,
    of: readonly string[] = [],
  ): WantedTrigger => ({
    member,
    name: `syncline_${name}_${suffix}`,
    type,
    columns: of,
    statement:
      `CREATE TRIGGER ${quoteIdentifier(`syncline_${name}_${suffix}`)} ${event} ON ${quotedTable(member)} ` +
      `${rest}FOR EACH STATEMENT ${of.length > 0 ? "WHEN (false) " : ""}EXECUTE FUNCTION ${calls}()`,
  });
  const onEach = table.tree.flatMap((member) => [
    trigger(member, "insert", insert, "AFTER INSERT", "REFERENCING NEW TABLE AS new_rows "),
    trigger(member, "update", update, "AFTER UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows "),
    trigger(member, "delete", deletes, "AFTER DELETE", "REFERENCING OLD TABLE AS old_rows "),
    // Truncating a partitioned table fires those of its partitions.
    ...(member.kind === "p" ? [] : [trigger(member, "truncate", before | truncate, "BEFORE TRUNCATE", "")]),
  ]);
  const [root] = table.tree.filter(({ oid }) => oid === table.oid);
  const list = columns.map(quoteIdentifier).join(", ");
  return root === undefined
    ? onEach
    : [...onEach, trigger(root, "columns", before | update, `BEFORE UPDATE OF ${list}`, "", columns)];
}
