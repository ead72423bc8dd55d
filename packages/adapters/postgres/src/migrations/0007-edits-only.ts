import { quoteLiteral } from "../sql/identifier.ts";
import { bumpRevision, bumpTriggers } from "./shared-texts.ts";

/**
 * Nobody but an edit of strategies may hold the dispatcher's row. A trigger function may be
 * attached by whoever may execute it, to a table of his own (TEMP tables are open to everybody),
 * and this one runs with its owner's rights: a role that only records could stop all dispatch with
 * it. `schema` is a quoted identifier.
 */
export function editsOnly(schema: string): readonly string[] {
  return [
    bumpRevision(schema, isOther(schema)),
    `DROP TRIGGER IF EXISTS bump_strategies_revision ON ${schema}.strategy`,
    ...bumpTriggers(schema, "strategy"),
    // Asked when a trigger is made, and not when it fires.
    `REVOKE ALL ON FUNCTION ${schema}.bump_strategies_revision(), ${schema}.touch_strategy() FROM PUBLIC`,
  ];
}

const isOther = (schema: string) => `TG_RELID <> ${quoteLiteral(`${schema}.strategy`)}::regclass THEN
    RAISE EXCEPTION 'bump_strategies_revision() is a trigger of % alone', ${quoteLiteral(`${schema}.strategy`)}`;
