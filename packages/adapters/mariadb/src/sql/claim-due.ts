import { type AnswerRow, claimColumns, type SqlSteps } from "@syncline/core/adapter-kit";
import type { Demand } from "@syncline/core/spi";
import { id, milliseconds, token } from "./column-types.ts";
import { mustWait } from "./key-order.ts";
import { now, spelling, timeAfter } from "./spelling.ts";
import { type NamedStatement, rowsOf, statement, valuesOf } from "./statement.ts";

/** So many demands at most are looked for by one statement. */
const mostDemands = 32;

/**
 * Locks due deliveries of so many strategies (`strategy0`, `count0`, …), oldest first, and answers
 * them as claims, each with the time at which it was due.
 *
 * - Nothing waits: what somebody else has locked is skipped.
 * - The index is in the order that is asked for, so that nothing is sorted: a sort would lock all
 *   that it sorts. At READ COMMITTED what does not fit is unlocked again.
 * - One statement for all demands, as MariaDB has no LATERAL: a UNION of as many parts, in steps of
 *   powers of two, so that few texts are kept prepared.
 */
export function lockDue(schema: string) {
  const known = new Map<number, NamedStatement>();
  const statementOf = (size: number): NamedStatement => {
    const parts = Array.from({ length: size }, (_, index) => dueOf(schema, suffixOf(index)));
    const made = known.get(size) ?? statement<object>(parts.join("\nUNION ALL\n"));
    known.set(size, made);
    return made;
  };
  return function* ({
    demands,
  }: {
    readonly demands: readonly Demand[];
  }): SqlSteps<NamedStatement, readonly AnswerRow[]> {
    const found: AnswerRow[] = [];
    for (let start = 0; start < demands.length; start += mostDemands) {
      const some = demands.slice(start, start + mostDemands);
      const size = 2 ** Math.ceil(Math.log2(some.length));
      found.push(...(yield { statement: statementOf(size), given: demandValues(some, size) }));
    }
    return found;
  };
}

/** Letters alone, for the names of the parameters. */
function suffixOf(index: number): string {
  return String.fromCharCode(97 + index / 26, 97 + (index % 26));
}

function dueOf(schema: string, suffix: string): string {
  const columns = claimColumns.select(spelling, {
    from: "c.",
    as: { attempts: "c.attempts + (c.token IS NOT NULL)", lapsed: "c.token IS NOT NULL" },
  });
  return `(SELECT ${columns}, c.due_at
  FROM ${schema}.delivery AS c FORCE INDEX (delivery_due)
 WHERE c.strategy = :strategy${suffix} AND c.state = 'pending' AND c.due_at <= ${now}
   AND NOT EXISTS (SELECT 1 FROM ${schema}.pause AS p WHERE p.strategy = :strategy${suffix})
   AND NOT ${mustWait(schema, "c")}
 ORDER BY c.due_at, c.id
 LIMIT :count${suffix}
   FOR UPDATE SKIP LOCKED)`;
}

/** For as many demands as the statement has parts. */
function demandValues(demands: readonly Demand[], size: number) {
  const values: Record<string, string | number> = {};
  for (let index = 0; index < size; index++) {
    const suffix = suffixOf(index);
    values[`strategy${suffix}`] = demands[index]?.strategy ?? "";
    values[`count${suffix}`] = demands[index]?.count ?? 0;
  }
  return values;
}

/** Leases what is locked. */
export function leaseLocked(schema: string) {
  return statement<{
    claims: readonly { readonly id: string; readonly lapsed: number }[];
    token: string;
    leaseMs: number;
  }>(`UPDATE ${rowsOf("claims", "g", { id, lapsed: "INT" })}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.id
   SET d.token = :token, d.due_at = ${timeAfter(":leaseMs")}, d.debounced = false, d.attempts = d.attempts + g.lapsed`);
}

const leases = { id, token, revision: id };

/** Locks what is still leased so, one after the other. Answers the place, from 1, and the id. */
export function lockLeased(schema: string) {
  return statement<{ leases: readonly object[] }>(`SELECT g.n, d.id, d.revision
  FROM ${rowsOf("leases", "g", leases)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.id
 WHERE d.token = g.token
   FOR UPDATE`);
}

export function extendLeases(schema: string) {
  return statement<{ leases: readonly object[]; leaseMs: number }>(`UPDATE ${rowsOf("leases", "g", { id })}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.id
   SET d.due_at = ${timeAfter(":leaseMs")}`);
}

/** Ends what was accepted, and into which nothing newer was folded. */
export function deleteAccepted(schema: string) {
  return statement<{ leases: readonly object[] }>(`DELETE ${schema}.delivery
  FROM ${rowsOf("leases", "g", leases)}
  STRAIGHT_JOIN ${schema}.delivery FORCE INDEX (PRIMARY) ON delivery.id = g.id
 WHERE delivery.token = g.token AND delivery.revision = g.revision`);
}

/**
 * What was accepted, or is dead, though newer changes had come: due again at once with fresh
 * attempts. What was accepted had brought all older changes along; what was refused had not.
 */
export function startAfresh(schema: string) {
  return statement<{ rows: readonly object[] }>(`UPDATE ${rowsOf("rows", "g", { id, isAccepted: "INT" })}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.id
   SET d.token = NULL, d.due_at = ${now}, d.debounced = false, d.attempts = 0, d.\`changes\` = 1,
       d.first_recorded_at = CASE WHEN g.isAccepted THEN ${now} ELSE d.first_recorded_at END,
       d.failure_kind = NULL, d.failure_code = NULL, d.failure_message = NULL`);
}

/** What is tried again, given back, or has ended for good. */
export function putBack(schema: string) {
  const columns = {
    id,
    state: "VARCHAR(7) CHARACTER SET ascii COLLATE ascii_bin",
    counted: "INT",
    delayMs: milliseconds,
    kind: "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    code: "VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    message: "VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
  };
  return statement<{ rows: readonly object[] }>(`UPDATE ${rowsOf("rows", "g", columns)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.id
   SET d.token = NULL, d.debounced = false, d.state = g.state, d.attempts = d.attempts + g.counted,
       d.due_at = ${timeAfter("COALESCE(g.delayMs, 0)")},
       d.died_at = CASE WHEN g.state = 'pending' THEN NULL ELSE ${now} END,
       d.failure_kind = COALESCE(g.kind, d.failure_kind), d.failure_code = COALESCE(g.code, d.failure_code),
       d.failure_message = COALESCE(g.message, d.failure_message)`);
}

/** What waits for something else to reach the downstream, locked: the next due first. */
export function lockWaiting(schema: string) {
  return statement<{ strategy: string; limit: number }>(`SELECT d.id
  FROM ${schema}.delivery AS d FORCE INDEX (delivery_due)
 WHERE d.strategy = :strategy AND d.state = 'pending' AND d.due_at > ${now}
   AND d.token IS NULL AND d.failure_kind = 'dependency'
 ORDER BY d.due_at, d.id
 LIMIT :limit
   FOR UPDATE SKIP LOCKED`);
}

export function makeDue(schema: string) {
  return statement<{ ids: readonly string[] }>(`UPDATE ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.value
   SET d.due_at = ${now}`);
}
