import { type CarriedText, type ClaimColumn, carriedTexts, claimColumns, columnName } from "@syncline/core/adapter-kit";
import { isNextOfKey } from "./key-order.ts";
import { localName, nameOf, type Place } from "./names.ts";
import { arrayTypes, number, numbers, type OwnStatement, text, texts } from "./statement.ts";
import { interval, utcText } from "./time.ts";

/** Of these, the first is fetched, and only the last may have blanks of its own. */
const apart: readonly ClaimColumn[] = ["lapsed", "strategy", "key"];
const returned: readonly ClaimColumn[] = [
  ...claimColumns.names.filter((name) => !apart.includes(name)),
  ...(["strategy", "key"] as const),
];

/** What a line of the answer holds, with a blank in between. */
export const claimLine: readonly ClaimColumn[] = ["lapsed", ...returned];

/** Stands for NULL in a line. */
export const noText = "-";

export function isOptional(name: ClaimColumn): boolean {
  const carried: { readonly [Name in ClaimColumn]?: CarriedText } = carriedTexts;
  return carried[name]?.isOptional === true;
}

function lineOf(names: readonly ClaimColumn[]): string {
  const values = names.map((name) => {
    const column = `d.${columnName(name)}`;
    if (isOptional(name)) return `NVL(${column}, '${noText}')`;
    return name === "firstRecordedAt" ? utcText(column) : column;
  });
  const joined = (some: readonly string[]) => some.join(" || ' ' || ");
  return `${joined(values.slice(0, 5))} || ' ' ||\n                    ${joined(values.slice(5))}`;
}

/**
 * Leases due deliveries of all demands. Returns one line for each (`claimLine`).
 *
 * - An explicit cursor that is fetched up to the limit: rows are locked as they are fetched. `FETCH FIRST … FOR UPDATE` is
 *   refused (ORA-02014); `ROWNUM <= n` is counted before locked rows are skipped, so that a second worker finds none; a
 *   cursor FOR loop fetches, and so locks, a hundred at a time.
 * - The UPDATE looks again at what was fetched: it reads the rows in their newest version, which now nobody can change.
 * - RETURNING gives the new token alone, so whether there was an old one is fetched with the row. What is fetched can be older
 *   than the lock only by a claim and a settle in between, and errs on the side of a lease that lapsed.
 * - Nothing waits: what another worker has locked is skipped.
 * - Of a key's deliveries only the next is taken, whatever a demand says of its strategy (`key-order.ts`).
 * - The hint, because the statistics of a table that is empty one moment and full the next are always wrong.
 */
export function claimDue(place: Place): OwnStatement {
  return {
    name: "claim",
    kind: "block",
    text: `DECLARE
${arrayTypes}
  l_strategies texts;
  l_counts numbers;
  l_ids numbers;
  l_lapsed numbers;
  l_found PLS_INTEGER;
  l_lines texts;
  l_claims texts;
  l_now TIMESTAMP(6) WITH TIME ZONE := SYSTIMESTAMP;
  l_token VARCHAR2(36);
  l_until TIMESTAMP(6) WITH TIME ZONE;
  l_paused PLS_INTEGER;
  CURSOR due (p_strategy VARCHAR2, p_now TIMESTAMP) IS
${dueOf(place)}
       AND ${isNextOfKey(place, "p_now")}
     ORDER BY SYS_EXTRACT_UTC(d.due_at), d.id
       FOR UPDATE SKIP LOCKED;
BEGIN
  l_strategies := :strategies;
  l_counts := :counts;
  l_token := :token;
  l_until := l_now + ${interval(":lease_ms")};
  FOR n IN 1 .. l_strategies.COUNT LOOP
    SELECT COUNT(*) INTO l_paused FROM ${nameOf(place, "pause")} p WHERE p.strategy = l_strategies(n);
    IF l_paused = 0 THEN
      OPEN due(l_strategies(n), SYS_EXTRACT_UTC(l_now));
      FETCH due BULK COLLECT INTO l_ids, l_lapsed LIMIT l_counts(n);
      CLOSE due;
      IF l_ids.COUNT > 0 THEN
        FORALL i IN 1 .. l_ids.COUNT
          UPDATE ${nameOf(place, "delivery")} d
             SET d.attempts = d.attempts + CASE WHEN d.token IS NULL THEN 0 ELSE 1 END,
                 d.token = l_token,
                 d.due_at = l_until,
                 d.debounced = 0
           WHERE d.id = l_ids(i) AND d.state = 'pending' AND SYS_EXTRACT_UTC(d.due_at) <= SYS_EXTRACT_UTC(l_now)
          RETURNING ${lineOf(returned)}
               BULK COLLECT INTO l_lines;
        l_found := 0;
        FOR i IN 1 .. l_ids.COUNT LOOP
          IF SQL%BULK_ROWCOUNT(i) > 0 THEN
            l_found := l_found + 1;
            l_claims(l_claims.COUNT + 1) := l_lapsed(i) || ' ' || l_lines(l_found);
          END IF;
        END LOOP;
      END IF;
    END IF;
  END LOOP;
  :claims := l_claims;
END;`,
    binds: {
      strategies: texts,
      counts: numbers,
      token: text,
      lease_ms: number,
      // Eight numbers and a time, a name of 64 and a key of 1,200 bytes (400 UTF-16 units).
      claims: { out: "texts", bytes: 2_000 },
    },
  };
}

/** In the words of the index `delivery_due`. */
function dueOf(place: Place): string {
  return `    SELECT /*+ INDEX(d ${localName(place, "delivery_due")}) */ d.id, CASE WHEN d.token IS NULL THEN 0 ELSE 1 END AS lapsed
      FROM ${nameOf(place, "delivery")} d
     WHERE d.strategy = p_strategy AND d.state = 'pending' AND SYS_EXTRACT_UTC(d.due_at) <= p_now`;
}
