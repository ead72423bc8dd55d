import type { AuditLog, AuditQuery, OperatorRecord } from "../../contracts/audit-log.ts";
import type { AnswerRow } from "../../model/answer-row.ts";
import { refuseOtherThanIds } from "../dead-letters.ts";
import { auditColumns, countOf } from "../rows.ts";
import { type Asked, type AskedWithin, ask, askAlone, type SqlDriver } from "./driver.ts";

/** A record, and how many it was done to. */
export interface OperatorRecordGiven extends OperatorRecord {
  readonly count: number | null;
}

export interface AuditGiven {
  /** Lower ids only: decimal digits. */
  readonly before: string;
  /** `null` for all. */
  readonly action: string | null;
  readonly strategy: string | null;
  readonly limit: number;
}

export interface AuditStatements<Statement> {
  /**
   * Run in the transaction of what it tells of, once that has been done. Without it, each statement
   * that does something takes the record (`record`, or `null`), and keeps it where it came to anything:
   * for a database whose locks must not outlast a batch.
   */
  readonly keep?: AskedWithin<Statement, OperatorRecordGiven>;
  /** At most `limit`, the highest id first. Answers with `auditColumns`. */
  readonly list: Asked<Statement, AuditGiven>;
}

/** Above every id. */
const newest = "999999999999999999";

export function createAuditLog<Statement>(
  driver: SqlDriver<Statement>,
  { list }: AuditStatements<Statement>,
): AuditLog {
  return {
    async list({ action, strategy, limit = 100, after }: AuditQuery, signal) {
      if (after !== undefined) refuseOtherThanIds([after], "after");
      const most = Math.min(limit, 1_000);
      const given = {
        before: after ?? newest,
        action: action ?? null,
        strategy: strategy ?? null,
        limit: most + 1,
      };
      const found = (await askAlone(driver, list, given, signal)).map(auditColumns.rowOf);
      const items = found.slice(0, most);
      return { items, next: found.length > items.length ? items.at(-1)?.id : undefined };
    },
  };
}

/**
 * What an operator does, and where there is something to keep of it, that in the same transaction.
 *
 * @param countsFor what the record says of how many, given the action's answer; `undefined`: it came
 * to nothing, and nothing is kept; `null`: nobody knows yet.
 */
export function act<Statement, Given extends object>(
  driver: SqlDriver<Statement>,
  action: AskedWithin<Statement, Given>,
  given: Given,
  { audit, record, signal, countsFor }: Acting<Statement>,
): Promise<readonly AnswerRow[]> {
  const keep = audit?.keep;
  if (audit !== undefined && keep === undefined)
    return askAlone<Statement, Given>(driver, action, { ...given, record: record ?? null }, signal);
  if (keep === undefined || record === undefined) return askAlone(driver, action, given, signal);
  return driver.transaction(function* () {
    const result = yield* ask(action, given);
    const count = countsFor(result);
    if (count !== undefined) yield* ask(keep, { ...record, count });
    return { result };
  }, signal);
}

interface Acting<Statement> {
  readonly audit: AuditStatements<Statement> | undefined;
  readonly record: OperatorRecord | undefined;
  readonly signal: AbortSignal;
  readonly countsFor: (rows: readonly AnswerRow[]) => number | null | undefined;
}

/** Of what answers how many; of none, nothing is kept. */
export function whereAny(rows: readonly AnswerRow[]): number | undefined {
  const count = countOf(rows);
  return count > 0 ? count : undefined;
}

export const one = (): number => 1;
