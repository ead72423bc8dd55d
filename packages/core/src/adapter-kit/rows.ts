import type { AuditEntry } from "../contracts/audit-log.ts";
import type { BackfillJob, BackfillState } from "../contracts/backfill-store.ts";
import type {
  BacklogStatus,
  DeadLetter,
  DeadLetterCause,
  FoundChange,
  FoundDelivery,
  StrategyBacklog,
} from "../contracts/backlog-store.ts";
import type { StrandedBacklog } from "../contracts/stranded-work.ts";
import type { StrategyVersion } from "../contracts/strategy-history.ts";
import { type AnswerRow, instantOf, operationOf } from "../model/answer-row.ts";
import type { RecordedChange } from "../model/change.ts";
import {
  age,
  type Columns,
  columnsOf,
  digits,
  flag,
  instant,
  number,
  operation,
  optionalFlag,
  optionalNumber,
  optionalText,
  text,
  textOrEmpty,
} from "../model/columns.ts";

/** What a take answers with. */
export const changeColumns: Columns<RecordedChange> = columnsOf(
  {
    id: digits,
    category: text,
    condition: text,
    operation,
    strategy: optionalText,
    recordedAt: instant,
    traceparent: optionalText,
  },
  (row) => ({
    id: String(row[at.id]),
    category: String(row[at.category]),
    condition: String(row[at.condition]),
    operation: operationOf(row[at.operation]),
    strategy: optionalText.read(row[at.strategy]),
    recordedAt: instantOf(row[at.recordedAt]),
    traceparent: optionalText.read(row[at.traceparent]),
  }),
);

const { at } = changeColumns;

export function recordedChangeOf(row: AnswerRow): RecordedChange {
  return changeColumns.rowOf(row);
}

/** What a page of dead letters answers with. */
export const deadLetterColumns = columnsOf<
  Omit<DeadLetter, "failure" | "state"> & {
    readonly state: string;
    readonly failureKind: string;
    readonly failureCode: string;
    readonly failureMessage: string;
  }
>({
  id: digits,
  strategy: text,
  key: text,
  state: text,
  operation,
  attempts: number,
  epoch: number,
  failureKind: textOrEmpty,
  failureCode: textOrEmpty,
  failureMessage: textOrEmpty,
  diedAt: instant,
});

export function deadLetterOf(row: AnswerRow): DeadLetter {
  const { state, failureKind, failureCode, failureMessage, ...letter } = deadLetterColumns.rowOf(row);
  return {
    ...letter,
    state: state === "held" ? "held" : "dead",
    failure: { kind: failureKind, code: failureCode, message: failureMessage },
  };
}

/**
 * What a list of backfills answers with. `actor` may be NULL in the table; `leaseMs` is no column of
 * it: until `lease_until`, 0 without one, or where it is further away than any lease.
 */
export const backfillColumns = columnsOf<Omit<BackfillJob, "state"> & { readonly state: string }>({
  id: digits,
  state: text,
  strategy: text,
  category: text,
  fields: text,
  keys: text,
  allKeys: flag,
  keyOrder: textOrEmpty,
  position: optionalText,
  done: number,
  refused: number,
  estimatedTotal: optionalNumber,
  byIndex: optionalFlag,
  chunk: number,
  rate: optionalNumber,
  maxWaiting: optionalNumber,
  actor: textOrEmpty,
  reason: optionalText,
  startedAt: instant,
  drivenAt: instant,
  drivenFrom: number,
  changedAt: instant,
  error: optionalText,
  leaseMs: number,
});

const backfillStates: ReadonlySet<string> = new Set<BackfillState>([
  "running",
  "paused",
  "done",
  "failed",
  "cancelled",
]);

export function backfillJobOf(row: AnswerRow): BackfillJob {
  const { state, leaseMs, ...job } = backfillColumns.rowOf(row);
  return {
    ...job,
    state: backfillStates.has(state) ? (state as BackfillState) : "failed",
    leaseMs: Math.max(0, leaseMs),
  };
}

/** What causes of dead letters answer with. Only `strategy` is a column of the table. */
export const deadCauseColumns = columnsOf<DeadLetterCause>({
  strategy: text,
  kind: textOrEmpty,
  code: textOrEmpty,
  message: textOrEmpty,
  count: number,
  held: number,
  oldestDiedAt: instant,
  newestDiedAt: instant,
});

/** What these columns are over the deliveries of one strategy, kind and code. */
export const deadCauseExpressions = {
  kind: "failure_kind",
  code: "failure_code",
  message: "min(failure_message)",
  count: "count(*)",
  held: "count(CASE WHEN state = 'held' THEN 1 END)",
  oldestDiedAt: "min(died_at)",
  newestDiedAt: "max(died_at)",
} as const;

/**
 * What a page of the audit answers with. `at` is no column of the table; `actor` is, and may be
 * NULL there.
 */
export const auditColumns = columnsOf<AuditEntry>({
  id: digits,
  at: instant,
  actor: textOrEmpty,
  action: text,
  strategy: optionalText,
  reason: optionalText,
  selection: text,
  count: optionalNumber,
});

/**
 * What versions of a strategy answer with. `at` is no column of the table; `author` is, and may be
 * NULL there.
 */
export const strategyVersionColumns = columnsOf<Omit<StrategyVersion, "change"> & { readonly change: string }>({
  strategy: text,
  version: number,
  at: instant,
  author: textOrEmpty,
  change: text,
  definition: text,
  enabled: flag,
});

export function strategyVersionOf(row: AnswerRow): StrategyVersion {
  const { change, ...version } = strategyVersionColumns.rowOf(row);
  return { ...version, change: change === "created" || change === "deleted" ? change : "changed" };
}

/** What a search for changes answers with; of one that waits, the reason is NULL. */
export const foundChangeColumns = columnsOf<FoundChange>({
  condition: text,
  strategy: optionalText,
  ageMs: age,
  reason: optionalText,
});

/**
 * What a search for a key's deliveries answers with. `dueInMs` is no column of the table, nor are
 * `leased` and `ageMs`.
 */
export const foundDeliveryColumns = columnsOf<
  Omit<FoundDelivery, "failure" | "state"> & {
    readonly state: string;
    readonly failureKind: string;
    readonly failureCode: string;
    readonly failureMessage: string;
  }
>({
  id: digits,
  strategy: text,
  state: text,
  leased: flag,
  dueInMs: number,
  operation,
  attempts: number,
  ageMs: age,
  failureKind: textOrEmpty,
  failureCode: textOrEmpty,
  failureMessage: textOrEmpty,
});

export function foundDeliveryOf(row: AnswerRow): FoundDelivery {
  const { state, failureKind, failureCode, failureMessage, ...found } = foundDeliveryColumns.rowOf(row);
  return {
    ...found,
    state: state === "dead" || state === "held" ? state : "pending",
    failure: failureKind === "" ? undefined : { kind: failureKind, code: failureCode, message: failureMessage },
  };
}

/** What is said of all, and beside it of each strategy; of no strategy, the latter are NULL. */
export const backlogColumns = columnsOf<
  Omit<BacklogStatus, "strategies"> & Omit<StrategyBacklog, "strategy"> & { readonly strategy: string | null }
>({
  changes: number,
  oldestChangeAgeMs: age,
  refused: number,
  strategy: optionalText,
  due: number,
  blocked: number,
  waiting: number,
  leased: number,
  dead: number,
  held: number,
  oldestAgeMs: age,
  paused: flag,
});

/** One row for each strategy, or one without any. */
export function backlogStatusOf(rows: readonly AnswerRow[]): BacklogStatus {
  const all = rows.map(backlogColumns.rowOf);
  const { changes = 0, oldestChangeAgeMs = 0, refused = 0 } = all[0] ?? {};
  return { changes, oldestChangeAgeMs, refused, strategies: all.flatMap(strategyBacklogOf) };
}

function strategyBacklogOf({
  changes: _changes,
  oldestChangeAgeMs: _oldest,
  refused: _refused,
  strategy,
  ...counts
}: ReturnType<typeof backlogColumns.rowOf>): readonly StrategyBacklog[] {
  return strategy === null ? [] : [{ strategy, ...counts }];
}

/** What a list of stranded work answers with: a row for each strategy. */
export const strandedColumns = columnsOf<StrandedBacklog>({
  strategy: text,
  pending: number,
  leased: number,
  dead: number,
  held: number,
  oldestAgeMs: age,
  key: text,
});

export function strandedBacklogOf(row: AnswerRow): StrandedBacklog {
  return strandedColumns.rowOf(row);
}

/** The number that a statement answers with alone; of one that was cut into parts, their sum. */
export function countOf(rows: readonly AnswerRow[]): number {
  return rows.reduce((sum, [count]) => sum + Number(count ?? 0), 0);
}
