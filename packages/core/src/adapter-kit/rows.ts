import type { BacklogStatus, DeadLetter, StrategyBacklog } from "../contracts/backlog-store.ts";
import type { RecordedChange } from "../model/change.ts";
import type { Claim } from "../model/delivery.ts";

/**
 * A row as an array, in the order of its SELECT. Numbers may be digits in a text, as 64-bit ones must be; times epoch
 * milliseconds or ISO 8601.
 */
export type AnswerRow = readonly unknown[];

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

/** `id, strategy, key, ordinal, revision, operation, epoch, attempts, first recorded at, whether a lease had lapsed`. */
export function claimOf(row: AnswerRow, token: string): Claim {
  const [id, strategy, key, ordinal, revision, operation, epoch, attempts, firstRecordedAt, lapsed] = row;
  return {
    id: String(id),
    strategy: String(strategy),
    key: String(key),
    ordinal: String(ordinal),
    revision: String(revision),
    operation: operation === "delete" ? "delete" : "upsert",
    epoch: Number(epoch),
    attempts: Number(attempts),
    lapsed: isTrue(lapsed),
    token,
    firstRecordedAt: instantOf(firstRecordedAt),
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
    operation: operation === "delete" ? "delete" : "upsert",
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
    paused: isTrue(paused),
  };
}

/** The number that a statement answers with alone. */
export function countOf(rows: readonly AnswerRow[]): number {
  return Number(rows[0]?.[0] ?? 0);
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true" || Number(value) > 0;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function textOf(value: unknown): string {
  return isMissing(value) ? "" : String(value);
}

function instantOf(value: unknown): number {
  return typeof value === "string" && value.includes("T") ? Date.parse(value) : Number(value);
}
