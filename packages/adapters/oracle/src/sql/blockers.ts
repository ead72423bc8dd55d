import { nameOf, type Place } from "./names.ts";
import type { OwnStatement } from "./statement.ts";
import { utcText } from "./time.ts";

/**
 * Who holds the dispatcher's row (whose table has no other), or all of a table that a dispatch
 * needs, and waits for nobody himself. It reads views of the server's memory, so it waits for no
 * lock. `since` goes by the server's own clock, as the views do.
 */
export function blockers(place: Place): OwnStatement {
  const named = (tables: readonly ("dispatcher" | "change" | "delivery" | "strategy" | "pause")[]) =>
    tables.map((table) => `'${nameOf({ ...place, schema: undefined }, table).toUpperCase()}'`).join(", ");
  const owner =
    place.schema === undefined ? "SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')" : `'${place.schema.toUpperCase()}'`;
  return {
    name: "blockers",
    kind: "query",
    text: `SELECT 'SID ' || s.sid || ',' || s.serial# || ' of instance ' || s.inst_id AS who,
       l.xidusn || '.' || l.xidslot || '.' || l.xidsqn AS transaction_id, o.object_name, s.username, s.program, s.machine, s.status,
       ${utcText("SYSTIMESTAMP")} AS now, TO_CHAR(ROUND((SYSDATE - t.start_date) * 86400)) AS seconds
  FROM SYS.gv_$locked_object l
  JOIN SYS.all_objects o ON o.object_id = l.object_id
  JOIN SYS.gv_$session s ON s.inst_id = l.inst_id AND s.sid = l.session_id
  LEFT JOIN SYS.gv_$transaction t ON t.inst_id = s.inst_id AND t.addr = s.taddr
 WHERE o.owner = ${owner} AND o.object_type = 'TABLE' AND s.lockwait IS NULL
   AND s.audsid <> TO_NUMBER(SYS_CONTEXT('USERENV', 'SESSIONID'))
   AND (o.object_name IN (${named(["dispatcher"])}) AND l.locked_mode >= 2
     OR o.object_name IN (${named(["change", "delivery", "strategy", "pause"])}) AND l.locked_mode >= 4)`,
    binds: {},
  };
}
