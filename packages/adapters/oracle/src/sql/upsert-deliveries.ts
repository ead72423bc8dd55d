import { carriedColumns, carriedList, columnName } from "@syncline/core/adapter-kit";
import { nameOf, type Place } from "./names.ts";
import { arrayTypes, joinedPositions, numbers, type OwnStatement, texts } from "./statement.ts";
import { interval, microsecondsSince1970, timeOf } from "./time.ts";

/**
 * Folds deliveries in, or inserts them, leased where asked. Arrays of at most 1,000, in lock order; `quiets` and `longests`
 * are NULL without a quiet window, `tokens` and `leases` without a lease; `leasables` is 1 for a key's first.
 *
 * Returns the base (delivery n has the revision base + n, and a new one the same as its id), how many were inserted, and the
 * positions (from 1) of what was leased, joined by commas.
 *
 * - UPDATE first, then INSERT what met no row: only the holder of the dispatcher lock inserts, so nothing can come in
 *   between. MERGE says neither which rows it inserted nor, before 23ai, anything about them.
 * - Each FORALL runs in the order of its array, which is the order in which settle and renew lock, too.
 * - A fold waits for a row that is locked and then reads its newest version, as every UPDATE of Oracle's does.
 * - Revisions are counted in the dispatcher's row, which the caller has locked: a sequence would need NOCACHE, which costs a
 *   write to the dictionary for each number, and ORDER on a cluster.
 * - They begin at the time, in microseconds since 1970, wherever that is later: so tables that are
 *   made anew, restored or moved never give a number again that a downstream has seen. Below 2⁵³
 *   until the year 2255.
 * - What is new is leased only where there is nothing else of its key: one call per key at a time.
 * - What coalesces folds into the key's first, and what was written one by one behind that goes: it
 *   would be sent later, with a lower revision.
 * - A back-off is left alone, but what a quiet window holds back (`debounced`) is put off.
 */
export function upsertDeliveries(place: Place): OwnStatement {
  return {
    name: "upsert",
    kind: "block",
    text: `DECLARE
${arrayTypes}
  TYPE times IS TABLE OF TIMESTAMP(6) WITH TIME ZONE INDEX BY BINARY_INTEGER;
  TYPE positions IS TABLE OF PLS_INTEGER INDEX BY PLS_INTEGER;
  l_strategies texts;
  l_keys texts;
  l_ordinals texts;
${carriedLines((array) => `  l_${array} texts;`)}
  l_tokens texts;
  l_first_ms numbers;
  l_changes numbers;
  l_leases numbers;
  l_quiets numbers;
  l_longests numbers;
  l_leasables numbers;
  l_revisions numbers;
  l_debounced numbers;
  l_firsts times;
  l_dues times;
  l_new positions;
  l_now TIMESTAMP(6) WITH TIME ZONE := SYSTIMESTAMP;
  l_age INTERVAL DAY(9) TO SECOND(6) := SYS_EXTRACT_UTC(l_now) - TIMESTAMP '1970-01-01 00:00:00';
  l_base NUMBER(19);
  l_found PLS_INTEGER;
  l_paused PLS_INTEGER := 0;
  l_leased VARCHAR2(8000);
BEGIN
  l_strategies := :strategies;
  l_keys := :keys;
  l_ordinals := :ordinals;
${carriedLines((array) => `  l_${array} := :${array};`)}
  l_tokens := :tokens;
  l_first_ms := :first_ms;
  l_changes := :changes;
  l_leases := :leases;
  l_quiets := :quiets;
  l_longests := :longests;
  l_leasables := :leasables;
  l_found := l_keys.COUNT;
  UPDATE ${nameOf(place, "dispatcher")} SET last_revision = GREATEST(last_revision, ${microsecondsSince1970("l_age")} - 1) + l_found
   WHERE id = 1
  RETURNING last_revision INTO l_base;
  l_base := l_base - l_keys.COUNT;
${prepare(place)}
${merge(place)}
${fold(place)}
${insert(place)}
  :base := TO_CHAR(l_base);
  :inserted := l_new.COUNT;
  :leased := RTRIM(l_leased, ',');
END;`,
    binds: {
      strategies: texts,
      keys: texts,
      ordinals: texts,
      ...Object.fromEntries(carriedColumns.map((name) => [arrayOf(columnName(name)), texts])),
      tokens: texts,
      first_ms: numbers,
      changes: numbers,
      leases: numbers,
      quiets: numbers,
      longests: numbers,
      leasables: numbers,
      base: { out: "text", bytes: 40 },
      inserted: { out: "number" },
      leased: joinedPositions,
    },
  };
}

/** The array of a column that a delivery takes from its newest change. */
export const arrayOf = (column: string) => `${column}s`;

const carriedLines = (write: (array: string) => string) => carriedList((column) => write(arrayOf(column)), "\n");

/** What each delivery is if it is new. Sorted deliveries of a strategy stand together: its pause is looked up once. */
const prepare = (place: Place) => `  FOR i IN 1 .. l_keys.COUNT LOOP
    IF i = 1 OR l_strategies(i) <> l_strategies(i - 1) THEN
      SELECT COUNT(*) INTO l_paused FROM ${nameOf(place, "pause")} p WHERE p.strategy = l_strategies(i);
    END IF;
    l_revisions(i) := l_base + i;
    l_firsts(i) := ${timeOf("l_first_ms(i)")};
    IF l_paused > 0 OR l_quiets(i) IS NOT NULL OR l_leasables(i) = 0 THEN
      l_tokens(i) := NULL;
    ELSIF l_tokens(i) IS NOT NULL THEN
      SELECT COUNT(*) INTO l_found FROM ${nameOf(place, "delivery")} o
       WHERE o.strategy = l_strategies(i) AND o.key = l_keys(i) AND ROWNUM = 1;
      IF l_found > 0 THEN
        l_tokens(i) := NULL;
      END IF;
    END IF;
    IF l_ordinals(i) <> '0' THEN
      l_ordinals(i) := TO_CHAR(l_revisions(i));
    END IF;
    IF l_tokens(i) IS NOT NULL THEN
      l_dues(i) := l_now + ${interval("l_leases(i)")};
    ELSIF l_quiets(i) IS NOT NULL THEN
      l_dues(i) := l_now + ${interval("l_quiets(i)")};
      IF l_firsts(i) + ${interval("l_longests(i)")} < l_dues(i) THEN
        l_dues(i) := l_firsts(i) + ${interval("l_longests(i)")};
      END IF;
    ELSE
      l_dues(i) := l_now;
    END IF;
    IF l_quiets(i) IS NULL THEN
      l_debounced(i) := 0;
    ELSE
      l_debounced(i) := 1;
    END IF;
  END LOOP;`;

/** A key that has nothing of the kind costs a look at the index over (strategy, key, ordinal). */
const merge = (place: Place) => `  FORALL i IN 1 .. l_keys.COUNT
    DELETE FROM ${nameOf(place, "delivery")} d
     WHERE d.strategy = l_strategies(i) AND d.key = l_keys(i) AND d.ordinal > 0 AND l_ordinals(i) = '0'
       AND d.token IS NULL AND d.state <> 'held'
       AND EXISTS (SELECT 1 FROM ${nameOf(place, "delivery")} f
                    WHERE f.strategy = d.strategy AND f.key = d.key AND f.ordinal < d.ordinal);`;

const fold = (place: Place) => `  FORALL i IN 1 .. l_keys.COUNT
    UPDATE ${nameOf(place, "delivery")} d
       SET d.revision = l_revisions(i),
           ${carriedList((column) => `d.${column} = l_${arrayOf(column)}(i)`)},
           d.first_recorded_at = LEAST(d.first_recorded_at, l_firsts(i)),
           d.changes = d.changes + l_changes(i),
           d.state = CASE d.state WHEN 'dead' THEN 'pending' ELSE d.state END,
           d.attempts = CASE d.state WHEN 'dead' THEN 0 ELSE d.attempts END,
           d.failure_kind = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_kind END,
           d.failure_code = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_code END,
           d.failure_message = CASE d.state WHEN 'dead' THEN NULL ELSE d.failure_message END,
           d.died_at = CASE d.state WHEN 'dead' THEN NULL ELSE d.died_at END,
           d.due_at = CASE
             WHEN d.state = 'dead' THEN l_now
             WHEN d.state = 'pending' AND d.token IS NULL AND d.debounced = 1 AND l_debounced(i) = 1 AND d.due_at > l_now
             THEN LEAST(l_dues(i), d.first_recorded_at + ${interval("l_longests(i)")})
             ELSE d.due_at END
     WHERE d.strategy = l_strategies(i) AND d.key = l_keys(i) AND l_ordinals(i) = '0'
       AND d.ordinal = (SELECT MIN(o.ordinal) FROM ${nameOf(place, "delivery")} o
                         WHERE o.strategy = l_strategies(i) AND o.key = l_keys(i));
  FOR i IN 1 .. l_keys.COUNT LOOP
    IF SQL%BULK_ROWCOUNT(i) = 0 THEN
      l_new(l_new.COUNT + 1) := i;
      IF l_tokens(i) IS NOT NULL THEN
        l_leased := l_leased || i || ',';
      END IF;
    END IF;
  END LOOP;`;

/** FORALL over an empty list of positions is an error. */
const insert = (place: Place) => `  IF l_new.COUNT > 0 THEN
    FORALL i IN VALUES OF l_new
      INSERT INTO ${nameOf(place, "delivery")}
             (id, strategy, key, ordinal, revision, ${carriedList((column) => column)}, token, due_at, debounced, first_recorded_at, changes)
      VALUES (l_revisions(i), l_strategies(i), l_keys(i), TO_NUMBER(l_ordinals(i)), l_revisions(i), ${carriedList((column) => `l_${arrayOf(column)}(i)`)},
              l_tokens(i), l_dues(i), l_debounced(i), l_firsts(i), l_changes(i));
  END IF;`;
