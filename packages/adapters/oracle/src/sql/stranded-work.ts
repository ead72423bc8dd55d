import { nameOf, type Place } from "./names.ts";
import { arrayTypes, number, type OwnStatement, text, texts } from "./statement.ts";
import { interval, utcText } from "./time.ts";

/** What the worker has said before, and what others have said that has lapsed long since. */
export function withdraw(place: Place): OwnStatement {
  return {
    name: "withdraw",
    kind: "dml",
    text: `DELETE FROM ${nameOf(place, "worker")}
 WHERE id = :worker OR SYS_EXTRACT_UTC(attends_until) < SYS_EXTRACT_UTC(SYSTIMESTAMP) - NUMTODSINTERVAL(86400, 'SECOND')`,
    binds: { worker: text },
  };
}

/** A row for each part of what the worker has. */
export function attend(place: Place): OwnStatement {
  return {
    name: "attend",
    kind: "rows",
    text: `INSERT INTO ${nameOf(place, "worker")} (id, part, strategies, attends_until)
VALUES (:worker, :part, :strategies, SYSTIMESTAMP + ${interval(":lapse_ms")})`,
    binds: { worker: text, part: number, strategies: text, lapse_ms: number },
  };
}

/** What the other living workers have: a JSON array of names a row. */
export function attendance(place: Place): OwnStatement {
  return {
    name: "attendance",
    kind: "query",
    text: `SELECT w.strategies FROM ${nameOf(place, "worker")} w
 WHERE w.id <> :worker AND SYS_EXTRACT_UTC(w.attends_until) > SYS_EXTRACT_UTC(SYSTIMESTAMP)`,
    binds: { worker: text },
  };
}

/**
 * What there is of strategies between names, exclusively: in the gaps between those that workers
 * have, whose own rows are not read. Ages are left to the reader, as in `backlogStatus`. A line for
 * each: seven words, then the key, which may have blanks of its own.
 */
export function listStranded(place: Place): OwnStatement {
  return {
    name: "stranded",
    kind: "block",
    text: `DECLARE
${arrayTypes}
  l_lows texts;
  l_highs texts;
  l_lines texts;
  l_now TIMESTAMP(6) WITH TIME ZONE := SYSTIMESTAMP;
BEGIN
  l_lows := :lows;
  l_highs := :highs;
  FOR n IN 1 .. l_lows.COUNT LOOP
    FOR r IN (SELECT d.strategy || ' ' || SUM(CASE WHEN d.state = 'pending' THEN 1 ELSE 0 END) || ' ' ||
                     SUM(CASE WHEN d.state = 'pending' AND d.token IS NOT NULL
                               AND SYS_EXTRACT_UTC(d.due_at) > SYS_EXTRACT_UTC(l_now) THEN 1 ELSE 0 END) || ' ' ||
                     SUM(CASE WHEN d.state = 'dead' THEN 1 ELSE 0 END) || ' ' ||
                     SUM(CASE WHEN d.state = 'held' THEN 1 ELSE 0 END) || ' ' || ${utcText("l_now")} || ' ' ||
                     ${utcText("MIN(d.first_recorded_at)")} || ' ' || MIN(d.key) AS line
                FROM ${nameOf(place, "delivery")} d
               WHERE d.strategy > l_lows(n) AND d.strategy < l_highs(n)
               GROUP BY d.strategy
               ORDER BY d.strategy) LOOP
      l_lines(l_lines.COUNT + 1) := r.line;
    END LOOP;
  END LOOP;
  :lines := l_lines;
END;`,
    binds: { lows: texts, highs: texts, lines: { out: "texts", bytes: 2_000 } },
  };
}

/** Records what it takes as changes of a category for the target alone. Returns how many. */
export function moveStranded(place: Place): OwnStatement {
  return taking(place, "move_stranded", {
    declare: "  l_target VARCHAR2(64 CHAR);\n  l_category VARCHAR2(128 CHAR);\n",
    assign: "  l_target := :target;\n  l_category := :category;\n",
    first: `    FORALL i IN 1 .. l_ids.COUNT
      INSERT INTO ${nameOf(place, "change")} (category, condition, operation, strategy, recorded_at)
      SELECT l_category, d.key, d.operation, l_target, d.first_recorded_at FROM ${nameOf(place, "delivery")} d
       WHERE d.id = l_ids(i) AND ${isFree};
`,
    binds: { target: text, category: text },
  });
}

export function discardStranded(place: Place): OwnStatement {
  return taking(place, "discard_stranded", { declare: "", assign: "", first: "", binds: {} });
}

/** Of a delivery `d`: nobody works on it, and it is not held where held ones are to stay. */
const isFree = `(d.state = 'dead' OR d.state = 'held' AND l_with_held = 1
            OR d.state = 'pending' AND (d.token IS NULL OR SYS_EXTRACT_UTC(d.due_at) <= SYS_EXTRACT_UTC(l_now)))`;

/**
 * Rows are locked as they are fetched, and looked at again then, as a claim does it. What somebody
 * has locked is skipped.
 */
function taking(
  place: Place,
  name: string,
  { declare, assign, first, binds }: Pick<OwnStatement, "binds"> & { declare: string; assign: string; first: string },
): OwnStatement {
  return {
    name,
    kind: "block",
    text: `DECLARE
${arrayTypes}
  l_strategy VARCHAR2(64 CHAR);
  l_with_held PLS_INTEGER;
  l_most PLS_INTEGER;
${declare}  l_ids numbers;
  l_count PLS_INTEGER := 0;
  l_now TIMESTAMP(6) WITH TIME ZONE := SYSTIMESTAMP;
  CURSOR left_behind IS
    SELECT d.id
      FROM ${nameOf(place, "delivery")} d
     WHERE d.strategy = l_strategy AND ${isFree}
     ORDER BY d.key, d.ordinal
       FOR UPDATE SKIP LOCKED;
BEGIN
  l_strategy := :strategy;
  l_with_held := :with_held;
  l_most := :most;
${assign}  OPEN left_behind;
  FETCH left_behind BULK COLLECT INTO l_ids LIMIT l_most;
  CLOSE left_behind;
  IF l_ids.COUNT > 0 THEN
${first}    FORALL i IN 1 .. l_ids.COUNT
      DELETE FROM ${nameOf(place, "delivery")} d
       WHERE d.id = l_ids(i) AND ${isFree};
    l_count := SQL%ROWCOUNT;
  END IF;
  :taken := l_count;
END;`,
    binds: { strategy: text, with_held: number, most: number, ...binds, taken: { out: "number" } },
  };
}
