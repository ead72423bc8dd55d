import type { BacklogStatus, DeadLetter, StrategyBacklog } from "../contracts/backlog-store.ts";
import type { StrandedBacklog } from "../contracts/stranded-work.ts";
import { type AnswerRow, flagOf, instantOf, operationOf } from "../model/answer-row.ts";
import type { RecordedChange } from "../model/change.ts";

/** `id, category, condition, operation, strategy, recorded at`. */
export function recordedChangeOf([
  id,
  category,
  condition,
  operation,
  strategy,
  recordedAt,
]: AnswerRow): RecordedChange {
  return {
    id: String(id),
    category: String(category),
    condition: String(condition),
    operation: String(operation),
    strategy: isMissing(strategy) ? null : String(strategy),
    recordedAt: instantOf(recordedAt),
  };
}

/** `id, strategy, key, state, operation, attempts, epoch, failure kind, code, message, died at`. */
export function deadLetterOf(row: AnswerRow): DeadLetter {
  const [id, strategy, key, state, operation, attempts, epoch, kind, code, message, diedAt] = row;
  return {
    id: String(id),
    strategy: String(strategy),
    key: String(key),
    state: state === "held" ? "held" : "dead",
    operation: operationOf(operation),
    attempts: Number(attempts),
    epoch: Number(epoch),
    // Some databases keep an empty text as NULL.
    failure: { kind: textOf(kind), code: textOf(code), message: textOf(message) },
    diedAt: instantOf(diedAt),
  };
}

/**
 * One row for each strategy, or one without any: `changes, age of the oldest change, refused`, then `strategy, due, blocked,
 * waiting, leased, dead, held, age of the oldest, paused`. Ages in milliseconds, NULL for none.
 */
export function backlogStatusOf(rows: readonly AnswerRow[]): BacklogStatus {
  const [changes, oldestChangeAgeMs, refused] = rows[0] ?? [];
  return {
    changes: Number(changes ?? 0),
    oldestChangeAgeMs: Number(oldestChangeAgeMs ?? 0),
    refused: Number(refused ?? 0),
    strategies: rows.filter((row) => !isMissing(row[3])).map(strategyBacklogOf),
  };
}

function strategyBacklogOf(row: AnswerRow): StrategyBacklog {
  const [, , , strategy, due, blocked, waiting, leased, dead, held, oldestAgeMs, paused] = row;
  return {
    strategy: String(strategy),
    due: Number(due),
    blocked: Number(blocked),
    waiting: Number(waiting),
    leased: Number(leased),
    dead: Number(dead),
    held: Number(held),
    oldestAgeMs: Number(oldestAgeMs ?? 0),
    paused: flagOf(paused),
  };
}

/** `strategy, pending, leased, dead, held, age of the oldest in milliseconds, one of its keys`. */
export function strandedBacklogOf([
  strategy,
  pending,
  leased,
  dead,
  held,
  oldestAgeMs,
  key,
]: AnswerRow): StrandedBacklog {
  return {
    strategy: String(strategy),
    pending: Number(pending),
    leased: Number(leased),
    dead: Number(dead),
    held: Number(held),
    oldestAgeMs: Number(oldestAgeMs ?? 0),
    key: String(key),
  };
}

/** The number that a statement answers with alone; of one that was cut into parts, their sum. */
export function countOf(rows: readonly AnswerRow[]): number {
  return rows.reduce((sum, [count]) => sum + Number(count ?? 0), 0);
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function textOf(value: unknown): string {
  return isMissing(value) ? "" : String(value);
}
