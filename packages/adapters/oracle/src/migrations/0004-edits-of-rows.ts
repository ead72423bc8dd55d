import { nameOf, type Place } from "../sql/names.ts";

/**
 * A statement that changes no row (`DELETE … WHERE 1 = 0`) sets off a statement's trigger as well:
 * it locked the dispatcher's row, and with its transaction left open, an editor who had changed
 * nothing stopped every dispatch. So the trigger is the rows'. Each row of an edit counts as one
 * then, which does no harm: a revision is only compared with the one before.
 */
export function editsOfRows(place: Place): readonly string[] {
  return [
    `CREATE OR REPLACE TRIGGER ${nameOf(place, "strategy_bump")}
AFTER INSERT OR UPDATE OR DELETE ON ${nameOf(place, "strategy")}
FOR EACH ROW
BEGIN
  UPDATE ${nameOf(place, "dispatcher")} SET strategies_revision = strategies_revision + 1 WHERE id = 1;
END;`,
  ];
}
