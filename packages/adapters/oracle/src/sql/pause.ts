import { nameOf, type Place } from "./names.ts";
import { type OwnStatement, text } from "./statement.ts";

/** A second worker that pauses at the same moment waits for the first, and then meets the duplicate key. */
export function pauseStrategy(place: Place): OwnStatement {
  return {
    name: "pause",
    kind: "block",
    text: `BEGIN
  INSERT INTO ${nameOf(place, "pause")} (strategy) VALUES (:strategy);
EXCEPTION
  WHEN DUP_VAL_ON_INDEX THEN
    NULL;
END;`,
    binds: { strategy: text },
  };
}

export function resumeStrategy(place: Place): OwnStatement {
  return {
    name: "resume",
    kind: "dml",
    text: `DELETE FROM ${nameOf(place, "pause")} WHERE strategy = :strategy`,
    binds: { strategy: text },
  };
}
